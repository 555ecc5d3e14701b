<p class="small"><a href="/queue">{{@incident.to-queue}}</a></p>
<div class="case-title sev-{{SEVERITY}}" data-incident="{{ID}}">
<p><span class="sev">{{SEVERITY_TEXT}}</span> <strong>{{KIND}}</strong> · <a href="{{SITE_HREF}}">{{SITE_NAME}}</a>
<span class="tag">{{STATE_TEXT}}</span>{{#BASELINE}} <span class="tag">{{@case.stock}}</span>{{/BASELINE}}{{#HISTORY}} <span class="tag">{{@case.history}}</span>{{/HISTORY}}</p>
<p class="small quiet">{{@incident.number}} {{ID}} · {{@case.since}} {{OPENED}} · {{@case.findings}} {{STANDING}}，{{@case.gone}} {{GONE}}{{#BASIS}} · {{TEXT}}{{/BASIS}}</p>
{{#CLOCK}}<p class="clock {{LATE}}">{{WHAT}}：{{WHEN}} <span class="small quiet">{{AT}}</span></p>{{/CLOCK}}
{{#VERDICTS}}<p class="jump"><a href="#judge">{{@incident.to-judge}}</a></p>{{/VERDICTS}}
</div>
{{#PROBLEM}}<p class="wrong" role="alert" id="problem">{{TEXT}}</p>{{/PROBLEM}}
{{#HANDED}}
<section class="panel handed" role="status">
<p><strong>{{TOLD}}</strong></p>
<p>{{@notice.link-once}} <code class="url" data-link>{{LINK}}</code></p>
<form method="post" action="{{PAPER}}" class="buttons">
<input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="link" value="{{LINK}}">
<button name="format" value="docx" class="primary">{{@notice.paper-linked}} (docx)</button><button name="format" value="html">{{@notice.paper-linked}} (html)</button>
</form>
</section>
{{/HANDED}}
{{#UNDO}}
<form method="post" action="{{ACTION}}" class="undo">
<input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="version" value="{{VERSION}}"><input type="hidden" name="seen" value="{{NOW}}"><input type="hidden" name="deed" value="undo">
<span role="status">{{@incident.undo-before}} {{AFTER}}</span> <span><span data-seconds="{{SECONDS}}">{{SECONDS}}</span> {{@incident.undo-seconds}}</span> <button data-key="u">{{@incident.undo}}</button>
</form>
{{/UNDO}}
{{#HELD_BY_OTHER}}<p class="wrong">{{@incident.held-by}} {{HOLDER}}，{{@incident.until}} {{UNTIL}}</p>{{/HELD_BY_OTHER}}
<div class="two">
<div class="left">
{{#FINDING}}
<section class="finding" aria-labelledby="found">
<h2 id="found">{{@incident.found}}</h2>
<p>{{BECAUSE}}</p>
<dl>
<dt>{{@finding.page}}</dt><dd><code class="url">{{URL}}</code>{{#IS_GONE}} <span class="tag">{{@finding.gone}}</span>{{/IS_GONE}}</dd>
<dt>{{@finding.title}}</dt><dd>{{TITLE}}</dd>
<dt>{{@finding.seen}}</dt><dd>{{@finding.first}} {{FIRST}}，{{@finding.last}} {{LAST}}</dd>
</dl>
<ul class="evidence">
{{#EVIDENCE}}
<li>
{{#WORDS}}<p class="quote">…{{BEFORE}}<mark>{{FOUND}}</mark>{{AFTER}}…</p>{{/WORDS}}
<p class="small">{{#WHERE}}{{@finding.where}} {{TEXT}}{{/WHERE}}{{#HIDDEN}} · <strong>{{@finding.hidden}} {{TEXT}}</strong>{{/HIDDEN}}{{#READ_AS}} · {{@finding.read-as}} {{TEXT}}{{/READ_AS}}{{#DETAIL}} · {{TEXT}}{{/DETAIL}}</p>
<p class="small quiet"><a href="{{RULE_HREF}}">{{RULE}}</a>（{{#STRONG}}{{@finding.strong}}{{/STRONG}}{{#WEAK}}{{@finding.weak}}{{/WEAK}}，{{PROOF}}） {{BECAUSE}}</p>
</li>
{{/EVIDENCE}}
</ul>
{{#SIGNAL}}<p class="small">{{@finding.signal}}：{{TEXT}}</p>{{/SIGNAL}}
<h3>{{@finding.in-text}}</h3>
{{#PAGE_TEXT}}<div class="captured {{BLUR}}" tabindex="0" role="region" aria-label="{{@finding.in-text}}"><p>{{>MARKED}}</p></div>{{/PAGE_TEXT}}
{{#NO_TEXT}}<p class="quiet">{{@finding.no-text}}</p>{{/NO_TEXT}}
{{#PICTURE}}
<h3>{{@picture.title}}</h3>
{{#READY}}<a href="{{HREF}}" class="drawing"><img class="drawn {{BLUR}}" src="{{SRC}}" alt="{{@picture.alt}}" width="1280" height="2400" loading="lazy"></a>{{#BLURRED}}<p class="hint">{{@picture.blurred}}</p>{{/BLURRED}}{{/READY}}
{{#WAITING}}<p><a href="{{HREF}}">{{@picture.waiting}}</a></p>{{/WAITING}}
{{#FAILED}}<p class="wrong">{{@picture.failed}}{{WHY}}</p>{{/FAILED}}
{{#ASK}}<form method="post" action="{{HREF}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button>{{@picture.draw}}</button> <span class="hint">{{@picture.hint}}</span></form>{{/ASK}}
{{#NO_BROWSER}}<p class="quiet">{{@picture.no-browser}}</p>{{/NO_BROWSER}}
{{/PICTURE}}
{{#SOURCE_PLACE}}
<details>
<summary>{{@finding.in-source}} <span class="small quiet">{{@finding.bytes}} {{BEGIN}}–{{END}}</span></summary>
{{#SOURCE}}<pre class="captured source {{BLUR}}" tabindex="0">{{>MARKED}}</pre>{{/SOURCE}}
</details>
{{/SOURCE_PLACE}}
{{#BODY_GONE}}<p class="quiet">{{@finding.body-gone}}</p>{{/BODY_GONE}}
{{#VIEWS}}
<h3>{{@finding.views}}</h3>
{{#ALIKE}}<p class="quiet">{{@finding.alike}}</p>{{/ALIKE}}
{{#DIFFER}}<p>{{@finding.differ}}</p>{{/DIFFER}}
<div class="views">
{{#VIEW}}
<section class="view">
<h4>{{NAME}} <span class="small quiet">{{STATUS}}</span></h4>
{{#TARGET}}<p class="small">→ <code class="url">{{URL}}</code></p>{{/TARGET}}
{{#NO_VIEW_TEXT}}<p class="quiet">{{@view.no-text}}</p>{{/NO_VIEW_TEXT}}
{{#NO_DIFFERENCE}}<p class="quiet">{{@finding.no-difference}}</p>{{/NO_DIFFERENCE}}
{{#TEXT}}<div class="captured {{BLUR}}" tabindex="0" role="region" aria-label="{{NAME}}"><p>{{>MARKED}}</p></div>{{/TEXT}}
</section>
{{/VIEW}}
</div>
{{/VIEWS}}
<h3>{{@finding.changed}}</h3>
{{#NO_GOOD}}<p class="quiet">{{@finding.no-good}}</p>{{/NO_GOOD}}
{{#DIFF}}
<p class="small">{{@finding.since-version}} {{SINCE}}：{{@finding.lines-new}} {{FRESH}}，{{@finding.lines-gone}} {{LOST}}{{#NOT_WHOLE}} · {{@finding.not-whole}}{{/NOT_WHOLE}}</p>
{{#SAME_TEXT}}<p class="quiet">{{@finding.same-text}}</p>{{/SAME_TEXT}}
{{#OTHER_TEXT}}
<div class="captured diff {{BLUR}}" tabindex="0" role="region" aria-label="{{@finding.changed}}">
{{#LINE}}{{#SAME}}<div>  {{TEXT}}</div>{{/SAME}}{{#WENT}}<div class="went"><del>− {{TEXT}}</del></div>{{/WENT}}{{#CAME}}<div class="came"><ins>+ {{TEXT}}</ins></div>{{/CAME}}{{#LEFT_OUT}}<div class="quiet">⋯ {{COUNT}} {{@finding.lines-same}}</div>{{/LEFT_OUT}}{{/LINE}}
</div>
{{#CUT}}<p class="quiet">{{@finding.cut}}</p>{{/CUT}}
{{/OTHER_TEXT}}
{{/DIFF}}
{{#DISMISSED}}<p class="small quiet">{{@finding.dismissed}} {{RULE}}「{{FOUND}}」：{{REASON}}</p>{{/DISMISSED}}
{{#CLUSTERS_MORE}}<details class="links"><summary>{{@finding.clusters-more}}</summary>{{#ONE}}<a href="{{HREF}}">{{@finding.cluster}}「{{TEXT}}」</a> {{/ONE}}</details>{{/CLUSTERS_MORE}}
<p class="links">{{#CLUSTER}}<a href="{{HREF}}" data-key="X">{{@finding.cluster}}「{{TEXT}}」</a> {{/CLUSTER}}{{#MAY_SUPPRESS}}<a href="{{SUPPRESS_HREF}}">{{@finding.suppress}}</a>{{/MAY_SUPPRESS}}</p>
{{#WHOLE}}<p class="wrong">{{@finding.whole}}</p>{{/WHOLE}}
{{#MAY_UNMASK}}
<details><summary>{{@finding.unmask}}</summary>
<form method="post" action="{{ACTION}}" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="finding" value="{{ID}}">
<label for="unmask-reason">{{@finding.unmask-reason}}</label>
<input id="unmask-reason" name="reason" maxlength="1000" required>
<button>{{@finding.unmask-do}}</button>
<button formaction="{{RAW_HREF}}">{{@finding.raw}}</button>
</form></details>
{{/MAY_UNMASK}}
{{#BODY_KEPT}}<p class="small quiet">SHA-256 <code>{{DIGEST}}</code></p>{{/BODY_KEPT}}
</section>
{{/FINDING}}
<section>
<h2>{{@incident.findings}}</h2>
<ul class="plain">
{{#FINDING_ROW}}<li class="sev-{{SEVERITY}}"><a href="{{HREF}}"{{#HERE}} aria-current="true"{{/HERE}}><span class="sev">{{SEVERITY_TEXT}}</span> <span class="url">{{URL}}</span></a>{{#GONE}} <span class="tag">{{@finding.gone}}</span>{{/GONE}}</li>{{/FINDING_ROW}}
</ul>
{{#MORE_FINDINGS}}<p><a href="{{HREF}}">{{@incident.more-findings}}</a></p>{{/MORE_FINDINGS}}
</section>
</div>
<div class="right">
{{#DEEDS_FIRST}}{{>DEEDS}}{{/DEEDS_FIRST}}
{{#VERDICTS}}
<section class="panel" aria-labelledby="judge">
<h2 id="judge">{{@incident.judge}}</h2>
<form method="post" action="{{ACTION}}" class="stack" data-judge>
<input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="version" value="{{VERSION}}"><input type="hidden" name="seen" value="{{NOW}}">
<label for="reason">{{@incident.reason}}</label>
<textarea id="reason" name="reason" rows="3" minlength="4" maxlength="1300" required>{{WRITTEN}}</textarea>
<p class="hint">{{@incident.reason-hint}}</p>
<div class="buttons">
{{#VERDICT}}<button name="verdict" value="{{VALUE}}" class="{{PRIMARY}}">{{TEXT}}</button>{{/VERDICT}}
</div>
</form>
</section>
{{/VERDICTS}}
<section class="panel" aria-labelledby="card">
<h2 id="card">{{@incident.card}}</h2>
{{#UNREGISTERED}}<p>{{@site.unregistered}}</p>{{/UNREGISTERED}}
{{#OWNER_CARD}}
<dl>
<dt>{{@site.unit}}</dt><dd>{{UNIT}}</dd>
<dt>{{@site.owner}}</dt><dd>{{OWNER}}</dd>
<dt>{{@site.phone}}</dt><dd><strong>{{PHONE}}</strong></dd>
<dt>{{@site.address}}</dt><dd><code class="url">{{ADDRESS}}</code></dd>
{{#CONTACT}}<dt>{{@site.contact}}</dt><dd>{{TEXT}}</dd>{{/CONTACT}}
</dl>
{{/OWNER_CARD}}
{{#ASSIGNED}}<p>{{@case.assigned}} {{ASSIGNEE}}</p>{{/ASSIGNED}}
{{#HELD_BY_ME}}<p class="small">{{@incident.held-by-me}} {{UNTIL}}</p>{{/HELD_BY_ME}}
<h3>{{@incident.other-cases}}</h3>
{{#ROUNDS}}<p>{{@incident.rounds}} <strong>{{COUNT}}</strong></p>{{/ROUNDS}}
{{#FIRST_CASE}}<p class="quiet">{{@incident.first-case}}</p>{{/FIRST_CASE}}
<ul class="plain small">{{#OTHER_CASE}}<li><a href="{{HREF}}">{{KIND}}</a> {{STATE_TEXT}} {{OPENED}}</li>{{/OTHER_CASE}}</ul>
</section>
{{#DEEDS_LAST}}{{>DEEDS}}{{/DEEDS_LAST}}
</div>
</div>
{{#HAS_PAPERS}}
<section>
<h2>{{@incident.papers}}</h2>
<ul class="plain">
{{#NOTICE}}<li>{{ISSUED}} {{KIND}} {{PRINTED}} · {{BY}}{{#TERM}} · {{@incident.term}} {{DEADLINE}}{{/TERM}}{{#READ}} · {{@incident.read}} {{LAST}}{{/READ}} · {{@notice.paper}} <a href="{{PAPER}}?format=docx" download>docx</a> <a href="{{PAPER}}?format=html" download>html</a></li>{{/NOTICE}}
{{#OLDER_PAPERS}}<li class="quiet">{{@incident.older}} {{COUNT}}</li>{{/OLDER_PAPERS}}
{{#REPLY}}<li>{{TIME}} <strong>{{KIND}}</strong> {{BY}}：{{TEXT}} {{#FILE}}<a href="{{HREF}}" download>{{NAME}}（{{SIZE}}）</a> {{/FILE}}</li>{{/REPLY}}
{{#RECHECK}}<li>{{TIME}} {{OUTCOME}}：{{@incident.rechecked}} {{TOTAL}}，{{@incident.recheck-gone}} {{GONE}}，{{@incident.recheck-stand}} {{STAND}}</li>{{/RECHECK}}
</ul>
{{#NEW_LINK}}
<details><summary>{{@notice.new-link}}</summary>
<form method="post" action="{{ACTION}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="was" value="{{WAS}}">
<p class="hint">{{@notice.new-link-hint}}</p>
<button>{{@notice.new-link}}</button>
</form></details>
{{/NEW_LINK}}
</section>
{{/HAS_PAPERS}}
<section>
<h2>{{@incident.events}}</h2>
{{#OLDER_EVENTS}}<p class="small quiet">{{@incident.older}} {{COUNT}}</p>{{/OLDER_EVENTS}}
<ol class="events">
{{#EVENT}}<li{{#MEANWHILE}} class="meanwhile"{{/MEANWHILE}}><span class="quiet">{{TIME}}</span> <strong>{{ACTION}}</strong> {{ACTOR}} {{DETAIL}}{{#ABOUT}}<a href="{{FINDING_HREF}}">{{@incident.about}}</a>{{/ABOUT}}{{#MEANWHILE}} <span class="tag">{{@incident.meanwhile}}</span>{{/MEANWHILE}}</li>{{/EVENT}}
</ol>
</section>
