<p><a href="{{BACK}}">{{@suppress.back}}</a></p>
<p>{{SITE}} · {{KIND}} · <code class="url">{{URL}}</code></p>
<p>{{#FOUND}}<mark>{{TEXT}}</mark> {{/FOUND}}</p>
<p class="hint">{{@suppress.what}}</p>
{{#PROBLEM}}<p class="wrong" role="alert">{{TEXT}}</p>{{/PROBLEM}}
<form method="post" action="{{ACTION}}" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}">
<label>{{@suppress.scope}} <select name="scope">{{#SCOPE}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{TEXT}}</option>{{/SCOPE}}</select></label>
<label>{{@suppress.pattern}} <input name="pattern" value="{{PATTERN}}" maxlength="1000"></label>
<label>{{@suppress.host}} <select name="host">{{#HOST}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{TEXT}}</option>{{/HOST}}</select></label>
<label>{{@suppress.class}} <select name="class">{{#CLASS}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{TEXT}}</option>{{/CLASS}}</select></label>
<label for="suppress-reason">{{@suppress.reason}}</label>
<textarea id="suppress-reason" name="reason" rows="3" maxlength="1300" required>{{REASON}}</textarea>
<label>{{@suppress.days}} <input name="days" type="number" min="1" max="{{DAYS_MAX}}" value="{{DAYS}}"></label>
{{>SECOND}}
{{#PREVIEW}}
<div class="panel" role="status"><p>{{@suppress.covered}} <strong>{{COVERED}}</strong>（{{@suppress.read}} {{READ}}{{#CUT}}，{{@suppress.cut}}{{/CUT}}）</p><ul>{{#SAMPLE}}<li><code class="url">{{URL}}</code></li>{{/SAMPLE}}</ul>{{#LACKS}}<p class="late">{{WHAT}}</p>{{/LACKS}}</div>
{{/PREVIEW}}
<div class="buttons"><button name="do" value="preview" class="primary">{{@suppress.preview}}</button><button name="do" value="suppress">{{@suppress.do}}</button></div>
</form>
