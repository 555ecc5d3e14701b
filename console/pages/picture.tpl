<p class="small"><a href="{{INCIDENT_HREF}}">{{@picture.back}}</a></p>
<p><code class="url">{{URL}}</code> <span class="small quiet">{{@finding.last}} {{LAST}} · SHA-256 <code>{{DIGEST}}</code></span></p>
<p class="hint">{{@picture.hint}}</p>
{{#WAITING}}<p role="status">{{@picture.waiting}}</p>{{/WAITING}}
{{#FAILED}}<p class="wrong" role="alert">{{@picture.failed}}{{WHY}}</p>{{/FAILED}}
{{#NO_BROWSER}}<p>{{@picture.no-browser}}</p>{{/NO_BROWSER}}
{{#NOT_KEPT}}<p>{{@picture.none}}</p>{{/NOT_KEPT}}
{{#ASK}}<form method="post" action="{{HREF}}"><input type="hidden" name="csrf" value="{{CSRF}}"><button>{{#FIRST}}{{@picture.draw}}{{/FIRST}}{{#AGAIN}}{{@picture.again}}{{/AGAIN}}</button></form>{{/ASK}}
{{#READY}}
{{#BLURRED}}<p><a class="button" href="{{CLEAR_HREF}}">{{@picture.show}}</a></p>{{/BLURRED}}
{{#CLEAR}}<p><a class="button" href="{{HREF}}">{{@picture.cover}}</a></p>{{/CLEAR}}
<div class="drawing-whole"><img class="drawn {{BLUR}}" src="{{SRC}}" alt="{{@picture.alt}}" width="1280" height="2400"></div>
{{/READY}}
