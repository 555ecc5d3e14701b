<div class="tiles">
<section class="tile">
<h2>{{@today.waiting}}</h2>
{{#FRESH_FIRST}}<p class="big">{{FRESH}}</p>{{/FRESH_FIRST}}
{{#STOCK_FIRST}}<p class="big"><a href="{{HREF}}">{{COUNT}}</a> <small>{{@today.stock}}{{#HIGH}}（{{TEXT}} {{OF}}）{{/HIGH}}</small></p>{{/STOCK_FIRST}}
<ul class="plain">
{{#WAITING}}<li class="sev-{{SEVERITY}}"><a href="{{HREF}}"><span class="sev">{{TEXT}}</span> {{COUNT}}</a></li>{{/WAITING}}
{{#OTHER}}<li><a href="{{HREF}}">{{TEXT}} {{COUNT}}</a></li>{{/OTHER}}
{{#STOCK}}<li class="apart"><a href="{{HREF}}">{{@today.stock}} {{COUNT}}{{#HIGH}}（{{TEXT}} {{OF}}）{{/HIGH}}</a></li>{{/STOCK}}
</ul>
{{#NOTHING_WAITS}}<p class="quiet">{{@today.nothing}}</p>{{/NOTHING_WAITS}}
</section>
<section class="tile">
<h2>{{@today.clocks}}</h2>
{{#ANY_LATE}}<p class="big late">{{LATE_COUNT}} <small>{{@today.late}}</small></p>{{/ANY_LATE}}
{{#HAS_DUE}}
<ul class="plain">
{{#DUE}}<li><a href="{{HREF}}">{{WHAT}} · {{SITE}} · {{KIND}}</a> <span class="clock {{LATE}}" title="{{AT}}">{{WHEN}}</span></li>{{/DUE}}
</ul>
{{/HAS_DUE}}
{{#NO_DUE}}<p class="quiet">{{@today.no-due}}</p>{{/NO_DUE}}
</section>
<section class="tile">
<h2>{{@today.sites}}</h2>
{{#NO_SITES}}<p>{{@today.no-sites}}</p>{{/NO_SITES}}
<p><strong>{{GOOD}}</strong> / {{SITES}} {{@today.good}}</p>
{{#ANY_GAPS}}
<p class="late"><a href="/sites?gaps=1">{{GAPS}} {{@today.gaps}}</a></p>
<ul class="plain small">
{{#GAP}}<li><a href="{{HREF}}">{{SITE}}</a>：{{WHY}}</li>{{/GAP}}
{{#MORE_GAPS}}<li class="quiet">{{@today.more}} {{COUNT}}</li>{{/MORE_GAPS}}
</ul>
{{/ANY_GAPS}}
</section>
<section class="tile">
<h2>{{@today.run}}</h2>
{{#NO_RUN}}<p>{{@today.no-run}}</p>{{/NO_RUN}}
{{#RUN}}
<p><a href="{{HREF}}">{{@today.run-number}}</a> {{#RUNNING}}<span class="tag">{{@run.running}}</span>{{/RUNNING}}</p>
<p class="small">{{STARTED}}{{#FINISHED}} – {{ENDED}}{{/FINISHED}}<br>{{@run.pages}} {{PAGES}} · {{@run.failed}} {{FAILED}}</p>
{{#OLD}}<p class="late">{{@today.old-run}} {{SINCE}}</p>{{/OLD}}
{{/RUN}}
</section>
</div>
{{#HAS_ROWS}}
<section>
<h2>{{@today.worst}}</h2>
<ol class="cases">
{{#ROW}}{{>CASE}}{{/ROW}}
</ol>
<p><a class="button" href="/queue">{{@today.to-queue}}</a></p>
</section>
{{/HAS_ROWS}}
