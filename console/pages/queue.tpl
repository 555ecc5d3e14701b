<nav class="tabs" aria-label="{{@queue.states}}">
{{#STATE_TAB}}<a href="{{HREF}}"{{#HERE}} aria-current="true"{{/HERE}}>{{TEXT}} <span class="count">{{COUNT}}</span></a>{{/STATE_TAB}}
</nav>
<form method="get" action="/queue" class="filters">
<input type="hidden" name="state" value="{{STATE}}"><input type="hidden" name="baseline" value="{{BASELINE}}">
<label>{{@queue.severity}} <select name="severity">{{#SEVERITY_OPTION}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{TEXT}}</option>{{/SEVERITY_OPTION}}</select></label>
<label>{{@queue.kind}} <select name="kind">{{#KIND_OPTION}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{TEXT}}</option>{{/KIND_OPTION}}</select></label>
<label>{{@queue.site}} <input name="site" value="{{SITE_ASKED}}" maxlength="255" size="18"></label>
<button>{{@queue.filter}}</button>
</form>
<p class="small"><a href="/clusters">{{@clusters.link}}</a></p>
{{#EMPTY}}<p>{{@queue.empty}}</p>{{/EMPTY}}
{{#HAS_ROWS}}
<ol class="cases" data-list>
{{#ROW}}{{>CASE}}{{/ROW}}
</ol>
{{/HAS_ROWS}}
{{>PAGER}}
