<p>{{#SHOW_ALL}}<a href="/suppressions?all=1">{{@suppressions.all}}</a>{{/SHOW_ALL}}{{#SHOW_LIVE}}<a href="/suppressions">{{@suppressions.live}}</a>{{/SHOW_LIVE}}</p>
{{#EMPTY}}<p>{{@suppressions.empty}}</p>{{/EMPTY}}
<ul class="cards">
{{#ROW}}
<li data-row>
<div><strong>{{ID}}</strong> {{KIND}} · {{SCOPE}} · {{SITE}}{{#STALE}} <span class="tag">{{@suppressions.stale}}</span>{{/STALE}}{{#EXPIRING}} <span class="tag">{{@suppressions.expiring}}</span>{{/EXPIRING}}{{#ENDED}} <span class="tag">{{@suppressions.ended}}</span>{{/ENDED}}</div>
<div class="small">{{CLASS}}：{{REASON}}</div>
<div class="small quiet">{{BY}} {{MADE}}{{#APPROVED}} · {{@exports.approved}} {{BY}}{{/APPROVED}} · {{@holds.until}} {{EXPIRES}} · {{@suppressions.matches}} {{MATCHES}} · <a href="{{FINDING_HREF}}">{{@suppressions.finding}}</a></div>
{{#MAY_END}}<details><summary>{{@suppressions.end}}</summary><form method="post" action="{{ACTION}}" class="stack"><input type="hidden" name="csrf" value="{{CSRF}}"><label>{{@incident.note}} <input name="reason" required maxlength="1000"></label><button>{{@suppressions.end}}</button></form></details>{{/MAY_END}}
</li>
{{/ROW}}
</ul>
{{>PAGER}}
