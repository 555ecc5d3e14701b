{{#RULE_SET}}<p class="small quiet">{{@rules.set}} <code>{{DIGEST}}</code> · {{@rules.rules}} {{COUNT}}</p>{{/RULE_SET}}
{{#PROBLEM}}<p class="wrong" role="alert">{{TEXT}}</p>{{/PROBLEM}}
{{#MAY_TRY}}
<details {{#RESULT}}open{{/RESULT}}><summary>{{@rules.try}}</summary>
<form method="post" action="/rules/try" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}">
<label for="text">{{@rules.text}}</label><textarea id="text" name="text" rows="4" maxlength="10000" required>{{TRIED}}</textarea>
<label>{{@rules.as}} <select name="as"><option value="text">{{@rules.as-text}}</option><option value="title">{{@rules.as-title}}</option></select></label>
<button>{{@rules.try-do}}</button>
</form>
{{#RESULT}}
<div role="status">
{{#NOTHING}}<p>{{@rules.nothing}}</p>{{/NOTHING}}
{{#FINDING}}<p class="sev-{{SEVERITY}}"><span class="sev">{{SEVERITY_TEXT}}</span> {{KIND}}：{{BECAUSE}}</p>{{#EVIDENCE}}<p class="small">{{RULE}} <mark>{{FOUND}}</mark> {{CHANNEL}}</p>{{/EVIDENCE}}{{/FINDING}}
{{#DISMISSED}}<p class="small quiet">{{@finding.dismissed}} {{RULE}}「{{FOUND}}」：{{REASON}}</p>{{/DISMISSED}}
</div>
{{/RESULT}}
</details>
{{/MAY_TRY}}
{{#ONE}}<p><a href="/rules">{{@rules.all}}</a></p>{{/ONE}}
{{#EMPTY}}<p>{{@rules.empty}}</p>{{/EMPTY}}
<div class="scroll" tabindex="0" role="region" aria-label="{{@rules.title}}">
<table><thead><tr><th scope="col">{{@rules.rule}}</th><th scope="col">{{@rules.standing}}</th><th scope="col">{{@rules.gone}}</th><th scope="col">{{@rules.violations}}</th><th scope="col">{{@rules.none}}</th><th scope="col">{{@rules.open}}</th><th scope="col">{{@rules.rate}}</th></tr></thead>
<tbody>{{#ROW}}<tr><td><strong>{{ID}}</strong> {{#STRONG}}<span class="tag">{{@finding.strong}}</span>{{/STRONG}}{{#WEAK}}<span class="tag">{{@finding.weak}}</span>{{/WEAK}}{{#RETIRED}}<span class="tag">{{@rules.retired}}</span>{{/RETIRED}}<br><span class="small">{{KIND}} {{BECAUSE}} <span class="quiet">{{BASIS}} {{FILE}}</span></span></td><td>{{STANDING}}</td><td>{{GONE}}</td><td>{{VIOLATIONS}}</td><td>{{NONE}}</td><td>{{OPEN}}</td><td>{{#RATE}}<span class="{{HIGH}}">{{SHARE}} %</span>{{/RATE}}{{#NOT_JUDGED}}<span class="quiet">–</span>{{/NOT_JUDGED}}</td></tr>{{/ROW}}</tbody></table>
</div>
