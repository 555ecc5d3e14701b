<form method="get" action="/search" class="filters" role="search">
<label>{{@search.words}} <input name="q" value="{{WORDS}}" maxlength="250" required data-key="/"></label>
<label>{{@search.site}} <input name="site" value="{{SITE}}" maxlength="255"></label>
<button>{{@search.do}}</button>
</form>
{{#HELP}}<p class="hint">{{@search.help}}</p>{{/HELP}}
{{#ASKED}}
{{#NO_SUCH_SITE}}<p class="wrong" role="alert">{{@search.no-such-site}}</p>{{/NO_SUCH_SITE}}
{{#INCIDENT}}<p><a href="{{HREF}}">{{@search.incident}} {{ID}}</a></p>{{/INCIDENT}}
{{#SOME_SITES}}<h2>{{@sites.title}} <span class="count">{{SITES_TOTAL}}</span></h2>
<ul class="plain">{{#SITE_ROW}}<li><a href="{{HREF}}">{{NAME}}</a> <span class="quiet small">{{ID}} · {{UNIT}}</span></li>{{/SITE_ROW}}</ul>{{/SOME_SITES}}
{{#PAGE_ROW}}<h2>{{@search.page}}</h2><p><code class="url">{{URL}}</code> · {{STATUS}} · {{@finding.first}} {{FIRST}} · {{@finding.last}} {{SEEN}} · <a href="{{SITE_HREF}}">{{@queue.site}}</a></p>{{/PAGE_ROW}}
<h2>{{@site.found}}</h2>
{{#NO_FINDINGS}}<p class="quiet">{{@search.none}}</p>{{/NO_FINDINGS}}
<ul class="plain">{{#FINDING_ROW}}<li class="sev-{{SEVERITY}}"><a href="{{HREF}}"><span class="sev">{{SEVERITY_TEXT}}</span> {{KIND}} <span class="url">{{URL}}</span></a> {{TITLE}}{{#IS_GONE}} <span class="tag">{{@finding.gone}}</span>{{/IS_GONE}}</li>{{/FINDING_ROW}}</ul>
{{#FINDINGS_STOPPED}}<p class="hint">{{@search.findings-stopped}} <a href="{{HREF}}">{{@search.go-on}}</a></p>{{/FINDINGS_STOPPED}}
<h2>{{@search.texts}}</h2>
{{#TEXTS_NEED_SITE}}<p class="quiet">{{@search.texts-need-site}}</p>{{/TEXTS_NEED_SITE}}
{{#TEXTS}}
<p class="small quiet">{{@search.texts-read}} {{READ}}</p>
{{#NO_TEXTS}}<p class="quiet">{{@search.none}}</p>{{/NO_TEXTS}}
<ul class="plain">{{#TEXT_ROW}}<li><code class="url">{{URL}}</code> {{TITLE}}{{#TEXT}}<p class="quote">{{>MARKED}}</p>{{/TEXT}}</li>{{/TEXT_ROW}}</ul>
{{#TEXTS_STOPPED}}<p class="hint">{{@search.texts-stopped}} <a href="{{HREF}}">{{@search.go-on}}</a></p>{{/TEXTS_STOPPED}}
{{/TEXTS}}
{{#NO_SITES}}<h2>{{@sites.title}}</h2><p class="quiet">{{@search.none}}</p>{{/NO_SITES}}
{{/ASKED}}
