<p class="lead">{{INSTITUTION}} {{PRINTED}}</p>
<dl>
<dt>{{@queue.site}}</dt><dd>{{SITE}}</dd><dt>{{@site.unit}}</dt><dd>{{UNIT}}</dd><dt>{{@site.owner}}</dt><dd>{{OWNER}}</dd>
<dt>{{@queue.kind}}</dt><dd>{{KIND}}</dd><dt>{{@owner.issued}}</dt><dd>{{ISSUED}}</dd>
{{#TERM}}<dt>{{@incident.term}}</dt><dd><strong>{{DEADLINE}}</strong> <span class="clock {{LATE}}">{{WHEN}}</span></dd>{{/TERM}}
<dt>{{@owner.state}}</dt><dd>{{STATE_TEXT}}</dd>
</dl>
<p class="small">{{@owner.basis}}{{#CLAUSE}}{{@owner.letter}} {{NAME}} {{TEXT}}{{/CLAUSE}}{{#BASIS}}；{{TEXT}}{{/BASIS}}</p>
<p>{{@owner.what-to-do}}</p>
{{#RECHECK}}<p><strong>{{@owner.recheck}} {{TIME}}：{{OUTCOME}}</strong>（{{@incident.recheck-gone}} {{GONE}}，{{@incident.recheck-stand}} {{STAND}}）</p>{{/RECHECK}}
<p>{{REASON}}</p>
<h2>{{@owner.found}}</h2>
<ul class="cards">
{{#FINDING}}<li><div><code class="url">{{URL}}</code>{{#IS_GONE}} <span class="tag">{{@finding.gone}}</span>{{/IS_GONE}}</div><div>{{TITLE}} · {{BECAUSE}}</div>{{#WORDS}}<p class="quote">…{{BEFORE}}<mark>{{FOUND}}</mark>{{AFTER}}…</p>{{/WORDS}}<div class="small quiet">{{@finding.last}} {{LAST}}</div></li>{{/FINDING}}
</ul>
{{#MORE}}<p>{{@owner.more}} {{COUNT}}</p>{{/MORE}}
{{#PROBLEM}}<p class="wrong" role="alert">{{TEXT}}</p>{{/PROBLEM}}
<h2>{{@owner.answer}}</h2>
<form method="post" action="{{ACTION}}" enctype="multipart/form-data" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}">
<label for="by">{{@owner.by}}</label><input id="by" name="by" value="{{BY}}" maxlength="100" autocomplete="name" required>
<label for="owner-text">{{@owner.text}}</label><textarea id="owner-text" name="text" rows="4" maxlength="5000">{{WRITTEN}}</textarea>
<label for="files">{{@owner.files}}</label><input id="files" name="files" type="file" accept="image/png,image/jpeg,image/webp" multiple aria-describedby="files-hint">
<p class="hint" id="files-hint">{{@owner.files-hint}} {{FILES_MAX}} × {{SIZE_MAX}}</p>
<div class="buttons">{{#ANSWER}}<button name="answer" value="{{VALUE}}" class="{{PRIMARY}}">{{TEXT}}</button>{{/ANSWER}}</div>
</form>
<h2>{{@owner.said}}</h2>
{{#OLDER}}<p class="small quiet">{{@owner.older}} {{COUNT}}</p>{{/OLDER}}
<ul class="plain">{{#REPLY}}<li><span class="quiet">{{TIME}}</span> <strong>{{KIND}}</strong> {{BY}} {{TEXT}}</li>{{/REPLY}}</ul>
