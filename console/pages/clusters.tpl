<p class="hint">{{@clusters.hint}} {{@clusters.counted}} {{COUNTED}}</p>
{{#EMPTY}}<p>{{@clusters.empty}}</p>{{/EMPTY}}
{{#HAS_ROWS}}
<div class="scroll" tabindex="0" role="region" aria-label="{{@clusters.title}}">
<table><thead><tr><th scope="col">{{@clusters.what}}</th><th scope="col">{{@clusters.incidents}}</th><th scope="col">{{@run.sites}}</th><th scope="col">{{@cluster.findings}}</th></tr></thead>
<tbody>{{#ROW}}<tr data-row><td>{{#BY_TARGET}}{{@cluster.target}}{{/BY_TARGET}}{{#BY_WORDS}}{{@cluster.words}}{{/BY_WORDS}} <a class="case-link" href="{{HREF}}">{{SPAN}}</a> <span class="small quiet">{{RULE}}</span></td><td>{{INCIDENTS}}</td><td>{{SITES}}</td><td>{{FINDINGS}}</td></tr>{{/ROW}}</tbody></table>
</div>
{{/HAS_ROWS}}
{{#CUT}}<p class="quiet">{{@clusters.cut}}</p>{{/CUT}}
