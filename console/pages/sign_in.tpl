{{#WRONG}}<p class="wrong" role="alert">{{WHAT}}</p>{{/WRONG}}
{{#UNKNOWN}}<p class="wrong" role="alert">{{@sign-in.nobody}} <code class="long">{{SUBJECT}}</code></p>{{/UNKNOWN}}
{{#PROVIDER}}<p><a class="button" href="{{HREF}}">{{LABEL}}</a></p><p class="hint">{{@sign-in.or}}</p>{{/PROVIDER}}
<form method="post" action="/sign-in" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="then" value="{{THEN}}">
<label for="name">{{@sign-in.name}}</label>
<input id="name" name="name" value="{{NAME}}" maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">{{@sign-in.password}}</label>
<input id="password" name="password" type="password" maxlength="1024" autocomplete="current-password" required>
<label for="code">{{@sign-in.code}}</label>
<input id="code" name="code" inputmode="numeric" maxlength="6" autocomplete="one-time-code" aria-describedby="code-hint">
<p id="code-hint" class="hint">{{@sign-in.code-hint}}</p>
<button>{{@sign-in.do}}</button>
</form>
