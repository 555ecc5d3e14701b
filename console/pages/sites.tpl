<form method="get" action="/sites" class="filters">
<label>{{@sites.find}} <input name="q" value="{{WORDS}}" maxlength="255"></label>
<label><input type="checkbox" name="gaps" value="1"{{#ONLY_GAPS}} checked{{/ONLY_GAPS}}> {{@sites.only-gaps}}</label>
<button>{{@queue.filter}}</button>
</form>
{{#STOPPED}}<p class="hint">{{@sites.stopped}}</p>{{/STOPPED}}
{{#EMPTY}}<p>{{@sites.empty}}</p>{{/EMPTY}}
<ul class="cards">
{{#ROW}}
<li data-row>
<div><a class="case-link" href="{{HREF}}">{{NAME}}</a> <span class="quiet small">{{ID}}</span></div>
<div class="small">{{UNIT}}</div>
<div class="small">{{#NEVER}}<span class="late">{{@site.never}}</span>{{/NEVER}}{{#GOOD}}<span class="good">{{@site.good}} {{RUN_DATE}}</span>{{/GOOD}}{{#HAS_GAPS}}<span class="late">{{#GAP}}{{TEXT}}{{#GAP_separator}}；{{/GAP_separator}}{{/GAP}}</span>{{#LAST_GOOD}} {{@site.last-good}} {{DATE}}{{/LAST_GOOD}}{{/HAS_GAPS}}</div>
<div class="small">{{#ANY_FOUND}}<span class="sev-high"><span class="sev">{{@sev.high}}</span></span> {{HIGH}} <span class="sev-medium"><span class="sev">{{@sev.medium}}</span></span> {{MEDIUM}} <span class="sev-low"><span class="sev">{{@sev.low}}</span></span> {{LOW}}{{/ANY_FOUND}}{{#NONE_FOUND}}<span class="quiet">{{@site.nothing}}</span>{{/NONE_FOUND}}</div>
</li>
{{/ROW}}
</ul>
{{>PAGER}}
