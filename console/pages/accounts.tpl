<p class="hint">{{@accounts.how}}</p>
<div class="scroll" tabindex="0" role="region" aria-label="{{@accounts.title}}">
<table><thead><tr><th scope="col">{{@account.name}}</th><th scope="col">{{@account.roles}}</th><th scope="col">{{@account.unit}}</th><th scope="col">{{@account.last}}</th><th scope="col">{{@second-factor.title}}</th><th scope="col">{{@accounts.state}}</th></tr></thead>
<tbody>{{#ROW}}<tr data-row><td><strong>{{NAME}}</strong> {{DISPLAY}}</td><td>{{#ROLE}}<span class="tag">{{TEXT}}</span> {{/ROLE}}</td><td>{{UNIT}}</td><td>{{LAST}}</td><td>{{#FACTOR}}{{@accounts.yes}}{{/FACTOR}}{{#NO_FACTOR}}<span class="late">{{@accounts.no}}</span>{{/NO_FACTOR}}</td><td>{{#DISABLED}}<span class="tag">{{@accounts.disabled}}</span>{{/DISABLED}}{{#ACTIVE}}{{@accounts.active}}{{/ACTIVE}}</td></tr>{{/ROW}}</tbody></table>
</div>
