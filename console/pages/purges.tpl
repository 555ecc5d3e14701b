<nav class="tabs" aria-label="{{@keeping.title}}"><a href="/holds">{{@holds.title}}</a><a href="/exports">{{@exports.title}}</a><a href="/purges">{{@purges.title}}</a>{{#MAY_AUDIT}}<a href="/audit">{{@audit.title}}</a>{{/MAY_AUDIT}}</nav>
{{#LAST}}<p>{{@purges.last}} {{TIME}} · {{@purges.routine}} {{ROUTINE}} {{@purges.days}} · {{@purges.findings}} {{FINDINGS}} {{@purges.days}}</p>{{#UNFINISHED}}<p class="late">{{@purges.unfinished}}</p>{{/UNFINISHED}}{{/LAST}}
{{#NEVER}}<p>{{@purges.never}}</p>{{/NEVER}}
{{#EMPTY}}<p class="quiet">{{@purges.empty}}</p>{{/EMPTY}}
<ul class="cards">{{#ROW}}<li><div>{{NUMBER}} · {{TIME}} <strong>{{KIND}}</strong> {{ACTOR}}</div><div class="small">{{WHAT}}</div><div class="small">{{#REF}}{{#LINK}}<a href="{{HREF}}">{{TEXT}}</a> {{/LINK}}{{#PLAIN}}<code class="small">{{TEXT}}</code> {{/PLAIN}}{{/REF}}</div></li>{{/ROW}}</ul>
{{#CUT}}<p class="hint">{{@list.cut}}</p>{{/CUT}}
