{{#WRONG}}<p class="wrong" role="alert">{{WHAT}}</p>{{/WRONG}}
{{#REQUIRED}}<p>{{@second-factor.required}}</p>{{/REQUIRED}}
{{#HAS_FACTOR}}<p>{{@second-factor.replaces}}</p>{{/HAS_FACTOR}}
<p>{{@second-factor.how}}</p>
<dl>
<dt>{{@second-factor.secret}}</dt><dd><code>{{SPACED}}</code></dd>
<dt>{{@second-factor.uri}}</dt><dd><code class="long">{{URI}}</code></dd>
</dl>
<form method="post" action="/account/second-factor" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="secret" value="{{SECRET}}">
<label for="code">{{@second-factor.code}}</label>
<input id="code" name="code" inputmode="numeric" maxlength="6" autocomplete="one-time-code" required>
<label for="password">{{@account.password-old}}</label>
<input id="password" name="password" type="password" maxlength="1024" autocomplete="current-password" required>
<button>{{@second-factor.do}}</button>
</form>
