{{#EMPTY}}<p>{{@today.no-run}}</p>{{/EMPTY}}
<div class="scroll" tabindex="0" role="region" aria-label="{{@runs.title}}">
<table><thead><tr><th scope="col">{{@run.run}}</th><th scope="col">{{@run.started}}</th><th scope="col">{{@run.ended}}</th><th scope="col">{{@run.sites}}</th><th scope="col">{{@run.pages}}</th><th scope="col">{{@run.failed}}</th><th scope="col">{{@run.partly}}</th><th scope="col">{{@sev.high}}</th><th scope="col">{{@sev.medium}}</th><th scope="col">{{@sev.low}}</th></tr></thead>
<tbody>{{#ROW}}<tr data-row><td><a class="case-link" href="{{HREF}}">{{ID}}</a>{{#OF_SITES}} <span class="tag">{{@run.of-sites}}</span>{{/OF_SITES}}{{#OF_PAGES}} <span class="tag">{{@run.of-pages}}</span>{{/OF_PAGES}}{{#READ_NOTHING}} <span class="late">{{@run.read-nothing}}</span>{{/READ_NOTHING}}</td><td>{{STARTED}}</td><td>{{#FINISHED}}{{ENDED}}{{/FINISHED}}{{#RUNNING}}<span class="tag">{{@run.running}}</span>{{/RUNNING}}</td><td>{{SITES}}</td><td>{{PAGES}}</td><td>{{FAILED}}</td><td>{{PARTLY}}</td><td>{{HIGH}}</td><td>{{MEDIUM}}</td><td>{{LOW}}</td></tr>{{/ROW}}</tbody></table>
</div>
{{>PAGER}}
