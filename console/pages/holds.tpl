<nav class="tabs" aria-label="{{@keeping.title}}"><a href="/holds">{{@holds.title}}</a><a href="/exports">{{@exports.title}}</a><a href="/purges">{{@purges.title}}</a>{{#MAY_AUDIT}}<a href="/audit">{{@audit.title}}</a>{{/MAY_AUDIT}}</nav>
<p class="hint">{{@holds.how}}</p>
{{#EMPTY}}<p>{{@holds.empty}}</p>{{/EMPTY}}
<ul class="cards">
{{#ROW}}
<li data-row>
<div><strong>{{ID}}</strong> {{#IN_FORCE}}<span class="tag">{{@holds.in-force}}</span>{{/IN_FORCE}}{{#RELEASED}}<span class="quiet">{{@holds.released}} {{TIME}} {{BY}}</span>{{/RELEASED}}</div>
<div>{{#SITE}}{{@queue.site}} {{TEXT}} {{/SITE}}{{#URL}}<code class="url">{{TEXT}}</code> {{/URL}}{{#INCIDENT}}<a href="{{HREF}}">{{@search.incident}} {{TEXT}}</a>{{/INCIDENT}}</div>
<div class="small">{{REASON}} · {{REFERENCE}} · {{BY}} {{PLACED}} · {{#FOR_EVER}}{{@holds.for-ever}}{{/FOR_EVER}}{{#ENDS}}{{@holds.until}} {{EXPIRES}}{{/ENDS}} · {{@holds.covered}} {{COVERED}}</div>
</li>
{{/ROW}}
</ul>
{{#CUT}}<p class="hint">{{@list.cut}}</p>{{/CUT}}
