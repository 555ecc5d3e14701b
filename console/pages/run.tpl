<p class="lead">{{@run.run}} <strong>{{ID}}</strong> · {{STARTED}}{{#FINISHED}} – {{ENDED}}{{/FINISHED}}{{#RUNNING}} <span class="tag">{{@run.running}}</span>{{/RUNNING}}{{#OF_SITES}} <span class="tag">{{@run.of-sites}}</span>{{/OF_SITES}}{{#OF_PAGES}} <span class="tag">{{@run.of-pages}}</span>{{/OF_PAGES}}{{#READ_NOTHING}} <span class="late">{{@run.read-nothing}}</span>{{/READ_NOTHING}}</p>
{{#PROGRESS}}<p role="status" data-poll="{{POLL}}">{{@run.progress}} <strong data-done>{{DONE}}</strong> / {{OF}}</p><progress value="{{DONE}}" max="{{OF}}" aria-label="{{@run.progress}}"></progress>{{/PROGRESS}}
{{#FINISHED}}
<dl>
<dt>{{@run.sites}}</dt><dd>{{SITES}}</dd><dt>{{@run.pages}}</dt><dd>{{PAGES}}（{{@run.unchanged}} {{UNCHANGED}}）</dd>
<dt>{{@run.failed}}</dt><dd>{{FAILED}}</dd><dt>{{@run.partly}}</dt><dd>{{PARTLY}}</dd>
<dt>{{@run.found}}</dt><dd>{{@sev.high}} {{HIGH}}，{{@sev.medium}} {{MEDIUM}}，{{@sev.low}} {{LOW}}</dd>
<dt>{{@run.bytes}}</dt><dd>{{BYTES}}</dd><dt>{{@run.rules}}</dt><dd><code>{{RULES}}</code></dd>
</dl>
{{/FINISHED}}
<h2>{{@run.sites-of}}</h2>
<nav class="tabs" aria-label="{{@run.sites-of}}"><a href="{{GAPS_HREF}}"{{#SHOWS_GAPS}} aria-current="true"{{/SHOWS_GAPS}}>{{@run.with-gaps}}</a><a href="{{ALL_HREF}}"{{#SHOWS_ALL}} aria-current="true"{{/SHOWS_ALL}}>{{@run.all-sites}}</a></nav>
{{#EMPTY}}<p class="quiet">{{@run.none-here}}</p>{{/EMPTY}}
{{#UNREGISTERED}}<p class="late">{{COUNT}} {{@run.unregistered}}</p>{{/UNREGISTERED}}
<ul class="cards">
{{#ROW}}<li data-row><div><a class="case-link" href="{{HREF}}">{{NAME}}</a>{{#GOOD}} <span class="good">{{@site.good}}</span>{{/GOOD}}</div><div class="small">{{@run.pages}} {{SITE_PAGES}} · {{@run.failed}} {{SITE_FAILED}}</div><div class="small late">{{#GAP}}{{TEXT}}{{#GAP_separator}}；{{/GAP_separator}}{{/GAP}}</div></li>{{/ROW}}
</ul>
{{>PAGER}}
