<section class="panel deeds" aria-labelledby="deeds">
<h2 id="deeds">{{@incident.deeds}}</h2>
{{#DEED}}
<details class="{{GRAVE}}" data-deed="{{NAME}}"{{#OPEN}} open{{/OPEN}}><summary>{{TEXT}}</summary>
<form method="post" action="{{ACTION}}" class="stack">
<input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="version" value="{{VERSION}}"><input type="hidden" name="seen" value="{{NOW}}"><input type="hidden" name="deed" value="{{NAME}}">
{{#WHOM}}<label>{{@incident.whom}} <select name="to"><option value="{{ME}}">{{@incident.me}}</option>{{#PERSON}}<option value="{{VALUE}}">{{TEXT}}</option>{{/PERSON}}<option value="">{{@incident.nobody}}</option></select></label>{{/WHOM}}
{{#REASON}}<label for="{{FIELD}}">{{#REQUIRED}}{{@incident.note-required}}{{/REQUIRED}}{{#OPTIONAL}}{{@incident.note}}{{/OPTIONAL}}{{#UNPROVEN}}{{@incident.note-unproven}}{{/UNPROVEN}}</label><textarea id="{{FIELD}}" name="reason" rows="2" maxlength="1300"{{#REQUIRED}} minlength="4" required{{/REQUIRED}}>{{WRITTEN}}</textarea>{{/REASON}}
{{>SECOND}}
{{#WAITS}}<p class="hint" data-waits>{{@incident.waits}}</p>
<button disabled data-waits>{{TEXT}}</button>{{/WAITS}}{{#READY}}<button>{{TEXT}}</button>{{/READY}}
</form></details>
{{/DEED}}
</section>
