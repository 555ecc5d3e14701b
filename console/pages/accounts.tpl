{{#WRONG}}<p class="wrong" role="alert">{{WHAT}}</p>{{/WRONG}}
{{#NEW_TOKEN}}<p class="done" role="status">{{@accounts.new-token}} <code class="long">{{VALUE}}</code></p>{{/NEW_TOKEN}}
<div class="scroll" tabindex="0" role="region" aria-label="{{@accounts.title}}">
<table>
<thead><tr><th scope="col">{{@account.name}}</th><th scope="col">{{@accounts.display}}</th><th scope="col">{{@account.roles}}</th><th scope="col">{{@account.unit}}</th><th scope="col">{{@accounts.subject}}</th><th scope="col">{{@second-factor.title}}</th><th scope="col">{{@accounts.sessions}}</th><th scope="col">{{@accounts.last}}</th><th scope="col">{{@accounts.state}}</th></tr></thead>
<tbody>
{{#ACCOUNT}}
<tr><td>{{NAME}}</td><td>{{DISPLAY}}</td><td>{{ROLES}}</td><td>{{UNIT}}</td><td>{{SUBJECT}}</td><td>{{#HAS_FACTOR}}{{@accounts.yes}}{{/HAS_FACTOR}}</td><td>{{SESSIONS}}</td><td>{{LAST}}</td><td>{{#DISABLED}}{{@accounts.disabled}}{{/DISABLED}}</td></tr>
{{/ACCOUNT}}
</tbody>
</table>
</div>
<h2>{{@accounts.tokens}}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="{{@accounts.tokens}}">
<table>
<thead><tr><th scope="col">{{@accounts.label}}</th><th scope="col">{{@account.name}}</th><th scope="col">{{@account.roles}}</th><th scope="col">{{@accounts.expires}}</th><th scope="col">{{@account.end}}</th></tr></thead>
<tbody>
{{#TOKEN}}
<tr><td>{{LABEL}}</td><td>{{NAME}}</td><td>{{ROLES}}</td><td>{{EXPIRES}}</td><td>{{#MAY_END}}<form method="post" action="/accounts/token/end"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="id" value="{{ID}}"><label>{{@accounts.own}} <input name="own" type="password" maxlength="1024" autocomplete="current-password" required></label> <button>{{@account.end}}</button></form>{{/MAY_END}}</td></tr>
{{/TOKEN}}
</tbody>
</table>
</div>
{{#FORMS}}
<h2>{{@accounts.add}}</h2>
<form method="post" action="/accounts/add" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}">
<label for="add-name">{{@account.name}}</label>
<input id="add-name" name="name" maxlength="64" autocomplete="off" autocapitalize="none" required>
<label for="add-display">{{@accounts.display}}</label>
<input id="add-display" name="display" maxlength="80" autocomplete="off" required>
<label for="add-unit">{{@accounts.unit}}</label>
<input id="add-unit" name="unit" maxlength="80" autocomplete="off">
<fieldset><legend>{{@account.roles}}</legend>
{{#ROLE}}<label><input type="checkbox" name="role" value="{{VALUE}}"> {{LABEL}}</label> {{/ROLE}}
</fieldset>
{{#BY_PROVIDER}}<label for="add-subject">{{@accounts.subject}}</label>
<input id="add-subject" name="subject" maxlength="255" autocomplete="off" autocapitalize="none" spellcheck="false">
<label for="add-password">{{@accounts.password-or}}</label>
<input id="add-password" name="password" type="password" minlength="12" maxlength="1024" autocomplete="new-password">{{/BY_PROVIDER}}
{{#BY_PASSWORD}}<label for="add-password">{{@accounts.password}}</label>
<input id="add-password" name="password" type="password" minlength="12" maxlength="1024" autocomplete="new-password" required>{{/BY_PASSWORD}}
<label for="add-own">{{@accounts.own}}</label>
<input id="add-own" name="own" type="password" maxlength="1024" autocomplete="current-password" required>
<button>{{@accounts.add-do}}</button>
</form>
<h2>{{@accounts.change}}</h2>
<form method="post" action="/accounts/change" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}">
<label for="change-name">{{@account.name}}</label>
<input id="change-name" name="name" maxlength="64" autocomplete="off" autocapitalize="none" required>
<label for="change-deed">{{@accounts.deed}}</label>
<select id="change-deed" name="deed">
<option value="end-sessions">{{@accounts.end-sessions}}</option>
<option value="disable">{{@accounts.disable}}</option>
<option value="enable">{{@accounts.enable}}</option>
<option value="forget-factor">{{@accounts.forget-factor}}</option>
<option value="password">{{@accounts.set-password}}</option>
{{#BINDING}}<option value="subject">{{@accounts.set-subject}}</option>{{/BINDING}}
</select>
{{#BINDING}}<label for="change-subject">{{@accounts.new-subject}}</label>
<input id="change-subject" name="subject" maxlength="255" autocomplete="off" autocapitalize="none" spellcheck="false">{{/BINDING}}
<label for="change-password">{{@accounts.new-password}}</label>
<input id="change-password" name="password" type="password" maxlength="1024" autocomplete="new-password">
<label for="change-own">{{@accounts.own}}</label>
<input id="change-own" name="own" type="password" maxlength="1024" autocomplete="current-password" required>
<button>{{@accounts.change-do}}</button>
</form>
<h2>{{@accounts.add-token}}</h2>
<form method="post" action="/accounts/token" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}">
<label for="token-name">{{@account.name}}</label>
<input id="token-name" name="name" maxlength="64" autocomplete="off" autocapitalize="none" required>
<label for="token-label">{{@accounts.label}}</label>
<input id="token-label" name="label" maxlength="80" autocomplete="off" required>
<label for="token-days">{{@accounts.days}}</label>
<input id="token-days" name="days" inputmode="numeric" value="90" maxlength="3" required>
<fieldset><legend>{{@account.roles}}</legend>
{{#TOKEN_ROLE}}<label><input type="checkbox" name="role" value="{{VALUE}}"> {{LABEL}}</label> {{/TOKEN_ROLE}}
</fieldset>
<label for="token-own">{{@accounts.own}}</label>
<input id="token-own" name="own" type="password" maxlength="1024" autocomplete="current-password" required>
<button>{{@accounts.add-token-do}}</button>
</form>
{{/FORMS}}
