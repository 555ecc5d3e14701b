<p><a href="{{SITE_HREF}}">{{ID}}</a></p>
{{#EMPTY}}<p>{{@findings.empty}}</p>{{/EMPTY}}
<ul class="cards">
{{#ROW}}
<li class="sev-{{SEVERITY}}" data-row>
<div><span class="sev">{{SEVERITY_TEXT}}</span> {{KIND}} {{#CASE}}<a class="case-link" href="{{HREF}}">{{@findings.case}}</a>{{/CASE}}{{#IS_GONE}} <span class="tag">{{@finding.gone}}</span>{{/IS_GONE}}</div>
<div><code class="url">{{URL}}</code></div>
<div class="small">{{TITLE}} · {{BECAUSE}}</div>
<div class="small quiet">{{FIRST}} – {{LAST}}</div>
</li>
{{/ROW}}
</ul>
{{>PAGER}}
