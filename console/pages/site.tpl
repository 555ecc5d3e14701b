<p class="lead"><strong>{{NAME}}</strong> <span class="quiet">{{ID}}</span></p>
{{#UNREGISTERED}}<p class="wrong">{{@site.unregistered}}</p>{{/UNREGISTERED}}
<div class="tiles">
{{#RECORD}}
<section class="tile"><h2>{{@site.record}}</h2>
<dl>
<dt>{{@site.unit}}</dt><dd>{{UNIT}}</dd><dt>{{@site.owner}}</dt><dd>{{OWNER}}</dd><dt>{{@site.phone}}</dt><dd><strong>{{PHONE}}</strong></dd>
<dt>{{@site.address}}</dt><dd><code class="url">{{ADDRESS}}</code></dd>
{{#CONTACT}}<dt>{{@site.contact}}</dt><dd>{{TEXT}}</dd>{{/CONTACT}}
{{#HOST}}<dt>{{@site.host}}</dt><dd>{{TEXT}}</dd>{{/HOST}}{{#PREFIX}}<dt>{{@site.prefix}}</dt><dd>{{TEXT}}</dd>{{/PREFIX}}
</dl>{{#STRICT}}<p class="small">{{@site.strict}}</p>{{/STRICT}}
</section>
{{/RECORD}}
{{#STATUS}}
<section class="tile"><h2>{{@site.status}}</h2>
{{#AVAILABLE}}<p>{{@site.available}} <strong>{{SHARE}}</strong> <span class="small quiet">{{@site.available-of}} {{NIGHTS}} · {{REACHED}} / {{PAGES}}</span></p>{{/AVAILABLE}}
{{#NEVER}}<p class="late">{{@site.never}}</p>{{/NEVER}}
{{#GOOD}}<p class="good">{{@site.good}} {{RUN_DATE}} · {{@run.pages}} {{PAGES}}</p>{{/GOOD}}
{{#HAS_GAPS}}<p>{{RUN_DATE}} · {{@run.pages}} {{PAGES}} · {{@run.failed}} {{FAILED}}</p><ul>{{#GAP}}<li class="late">{{TEXT}}</li>{{/GAP}}</ul>{{#LAST_GOOD}}<p>{{@site.last-good}} {{DATE}}</p>{{/LAST_GOOD}}{{/HAS_GAPS}}
</section>
{{/STATUS}}
<section class="tile"><h2>{{@site.found}}</h2>
{{#ANY_FOUND}}<p><span class="sev-high"><span class="sev">{{@sev.high}}</span></span> {{HIGH}} <span class="sev-medium"><span class="sev">{{@sev.medium}}</span></span> {{MEDIUM}} <span class="sev-low"><span class="sev">{{@sev.low}}</span></span> {{LOW}}</p>{{/ANY_FOUND}}
{{#NONE_FOUND}}<p class="quiet">{{@site.nothing}}</p>{{/NONE_FOUND}}
<p><a href="{{FINDINGS_HREF}}">{{@site.all-findings}}</a></p>
{{#CHART}}
<svg class="chart" viewBox="0 0 {{WIDTH}} 100" role="img" aria-label="{{@site.chart}}">
{{#BAR}}<rect class="bar" x="{{X}}" y="{{Y}}" width="10" height="{{HEIGHT}}"><title>{{LABEL}}</title></rect><rect class="bar-high" x="{{X}}" y="{{HIGH_Y}}" width="10" height="{{HIGH_HEIGHT}}"></rect>{{#UNREAD}}<rect class="bar-unread" x="{{X}}" y="96" width="10" height="4"></rect>{{/UNREAD}}{{/BAR}}
</svg>
<p class="small quiet">{{FROM}} – {{TO}} · {{@site.most}} {{MOST}} · {{@site.chart-note}}</p>
{{/CHART}}
</section>
</div>
<h2>{{@site.cases}}</h2>
{{#NO_ROWS}}<p class="quiet">{{@site.no-cases}}</p>{{/NO_ROWS}}
{{#HAS_ROWS}}<ol class="cases">{{#ROW}}{{>CASE}}{{/ROW}}</ol>{{/HAS_ROWS}}
{{#NOTICE}}<p class="small">{{ISSUED}} {{KIND}} <a href="{{HREF}}">{{PRINTED}}</a> {{@incident.term}} {{DEADLINE}}</p>{{/NOTICE}}
{{#HAS_NIGHTS}}
<h2>{{@site.nights}}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="{{@site.nights}}">
<table><thead><tr><th scope="col">{{@run.run}}</th><th scope="col">{{@run.started}}</th><th scope="col">{{@run.pages}}</th><th scope="col">{{@run.failed}}</th><th scope="col">{{@run.partly}}</th><th scope="col">{{@run.found}}</th><th scope="col">{{@run.ending}}</th></tr></thead>
<tbody>{{#NIGHT}}<tr><td><a href="{{HREF}}">{{RUN}}</a></td><td>{{DATE}}</td><td>{{PAGES}}</td><td>{{FAILED}}</td><td>{{PARTLY}}</td><td>{{FOUND}}</td><td>{{ENDING}}</td></tr>{{/NIGHT}}</tbody></table>
</div>
{{/HAS_NIGHTS}}
