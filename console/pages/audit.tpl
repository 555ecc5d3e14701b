<nav class="tabs" aria-label="{{@keeping.title}}"><a href="/holds">{{@holds.title}}</a><a href="/exports">{{@exports.title}}</a><a href="/purges">{{@purges.title}}</a><a href="/audit">{{@audit.title}}</a></nav>
<p class="small">{{@audit.size}} {{SIZE}}{{#CHECKPOINT}} · {{@audit.signed}} {{SIZE_SIGNED}} {{TIME}}{{#STAMPED}} · {{@audit.stamped}}{{/STAMPED}}{{/CHECKPOINT}}{{#NOT_SIGNED}} · {{@audit.not-signed}}{{/NOT_SIGNED}}</p>
{{#EMPTY}}<p>{{@audit.empty}}</p>{{/EMPTY}}
<ol class="events">{{#ROW}}<li><span class="quiet">{{NUMBER}} · {{TIME}}</span> <strong>{{KIND}}</strong> {{ACTOR}} {{WHAT}} {{#REF}}{{#LINK}}<a href="{{HREF}}">{{TEXT}}</a> {{/LINK}}{{#PLAIN}}<code class="small">{{TEXT}}</code> {{/PLAIN}}{{/REF}}</li>{{/ROW}}</ol>
{{>PAGER}}
