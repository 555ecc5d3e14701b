{{#WRONG}}<p class="wrong" role="alert">{{WHAT}}</p>{{/WRONG}}
<dl>
<dt>{{@account.name}}</dt><dd>{{NAME}} {{DISPLAY}}</dd>
<dt>{{@account.roles}}</dt><dd>{{#ROLE}}<span class="tag">{{LABEL}}</span> {{/ROLE}}</dd>
{{#HAS_UNIT}}<dt>{{@account.unit}}</dt><dd>{{UNIT}}</dd>{{/HAS_UNIT}}
<dt>{{@account.last}}</dt><dd>{{LAST}}</dd>
</dl>
<h2>{{@account.sessions}}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="{{@account.sessions}}">
<table>
<thead><tr><th scope="col">{{@account.since}}</th><th scope="col">{{@account.seen}}</th><th scope="col">{{@account.address}}</th><th scope="col">{{@account.agent}}</th><th scope="col">{{@account.end}}</th></tr></thead>
<tbody>
{{#SESSION}}
<tr><td>{{SINCE}}</td><td>{{SEEN}}</td><td>{{ADDRESS}}</td><td>{{AGENT}}</td><td>{{#OWN}}{{@account.own}}{{/OWN}}{{#OTHER}}<form method="post" action="/account/session/end"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="id" value="{{ID}}"><button>{{@account.end}}</button></form>{{/OTHER}}</td></tr>
{{/SESSION}}
</tbody>
</table>
</div>
<h2>{{@second-factor.title}}</h2>
{{#HAS_FACTOR}}<p>{{@account.has-factor}}</p>{{/HAS_FACTOR}}
{{#NO_FACTOR}}<p>{{@account.no-factor}}</p>{{/NO_FACTOR}}
<p><a href="/account/second-factor">{{@account.set-factor}}</a></p>
<h2>{{@account.password}}</h2>
<form method="post" action="/account/password" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}">
<label for="old">{{@account.password-old}}</label>
<input id="old" name="old" type="password" maxlength="1024" autocomplete="current-password" required>
<label for="new">{{@account.password-new}}</label>
<input id="new" name="new" type="password" minlength="12" maxlength="1024" autocomplete="new-password" aria-describedby="new-hint" required>
<p id="new-hint" class="hint">{{@account.password-hint}}</p>
<label for="again">{{@account.password-again}}</label>
<input id="again" name="again" type="password" minlength="12" maxlength="1024" autocomplete="new-password" required>
<button>{{@account.password-do}}</button>
</form>
