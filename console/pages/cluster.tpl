<p class="small"><a href="/clusters">{{@clusters.link}}</a></p>
<p class="lead">{{#BY_TARGET}}{{@cluster.target}}{{/BY_TARGET}}{{#BY_WORDS}}{{@cluster.words}}{{/BY_WORDS}} <mark>{{SPAN}}</mark> <span class="quiet small">{{RULE}}</span></p>
<p>{{@cluster.findings}} <strong>{{FINDINGS}}</strong> · {{@run.sites}} <strong>{{SITES}}</strong> · {{@cluster.decide}} <strong>{{DECIDE}}</strong>{{#CUT}} · {{@list.cut}}{{/CUT}}{{#JUDGED_CUT}} · {{@cluster.judged-cut}}{{/JUDGED_CUT}}</p>
{{#PROBLEM}}<p class="wrong" role="alert">{{TEXT}}</p>{{/PROBLEM}}
{{#RESULT}}<div class="done" role="status"><p>{{@cluster.decided}} {{DECIDED}}，{{@cluster.left}} {{LEFT}}</p><ul>{{#LEFT_OUT}}<li><a href="{{HREF}}">{{SITE}}</a>：{{WHY}}</li>{{/LEFT_OUT}}</ul></div>{{/RESULT}}
<h2>{{@cluster.samples}}</h2>
<ul class="cards">{{#SAMPLE}}<li><div><a href="{{HREF}}">{{SITE}}</a> <mark>{{FOUND}}</mark></div><div class="small">{{TITLE}} <code class="url">{{URL}}</code></div></li>{{/SAMPLE}}</ul>
{{#FORM}}
<form method="post" action="/cluster" class="panel stack">
<input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="key" value="{{KEY}}">
{{#MEMBER}}<input type="hidden" name="member" value="{{FIELD}}">{{/MEMBER}}
<label for="cluster-reason">{{@incident.reason}}</label>
<textarea id="cluster-reason" name="reason" rows="3" maxlength="1300" required>{{WRITTEN}}</textarea>
<p class="hint">{{@cluster.confirm}}</p>
<div class="buttons">{{#VERDICT}}<button name="verdict" value="{{VALUE}}" class="{{PRIMARY}}">{{TEXT}} × {{DECIDE}}</button>{{/VERDICT}}</div>
</form>
{{/FORM}}
{{#HAS_MEMBERS}}
<h2>{{@cluster.members}}</h2>
<ul class="plain">{{#MEMBER}}<li><a href="{{HREF}}">{{SITE}}</a> {{STATE_TEXT}} · {{FINDINGS}}</li>{{/MEMBER}}</ul>
{{/HAS_MEMBERS}}
{{#HAS_SKIPPED}}
<h2>{{@cluster.skipped}}</h2>
<ul class="plain">{{#SKIPPED}}<li><a href="{{HREF}}">{{SITE}}</a> {{STATE_TEXT}}：{{WHY}}</li>{{/SKIPPED}}</ul>
{{/HAS_SKIPPED}}
