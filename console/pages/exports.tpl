<nav class="tabs" aria-label="{{@keeping.title}}"><a href="/holds">{{@holds.title}}</a><a href="/exports">{{@exports.title}}</a><a href="/purges">{{@purges.title}}</a>{{#MAY_AUDIT}}<a href="/audit">{{@audit.title}}</a>{{/MAY_AUDIT}}</nav>
<p class="hint">{{@exports.how}}</p>
{{#EMPTY}}<p>{{@exports.empty}}</p>{{/EMPTY}}
<ul class="cards">
{{#ROW}}
<li data-row>
<div><strong>{{ID}}</strong> {{TIME}} · {{AUTHORITY}} {{REFERENCE}}{{#UNMASKED}} <span class="tag">{{@exports.unmasked}}</span>{{/UNMASKED}}{{#GOING}} <span class="tag">{{@run.running}}</span>{{/GOING}}</div>
<div class="small">{{OFFICERS}} · {{@exports.by}} {{BY}} · {{@exports.approved}} {{APPROVED}} · {{ITEMS}} {{@exports.items}} · {{SIZE}}</div>
<div class="small">{{#REF}}{{#LINK}}<a href="{{HREF}}">{{TEXT}}</a> {{/LINK}}{{#PLAIN}}<code class="small">{{TEXT}}</code> {{/PLAIN}}{{/REF}}</div>
<div class="small quiet"><code>{{DIGEST}}</code></div>
{{#FAILED}}<div class="late">{{WHY}}</div>{{/FAILED}}
</li>
{{/ROW}}
</ul>
{{#CUT}}<p class="hint">{{@list.cut}}</p>{{/CUT}}
