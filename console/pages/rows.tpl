<li class="case sev-{{SEVERITY}}" data-row data-id="{{ID}}">
<div class="case-head">
<a class="case-link" href="{{HREF}}"><span class="sev">{{SEVERITY_TEXT}}</span> {{KIND}} · {{SITE_NAME}}</a>
<span class="tag">{{STATE_TEXT}}</span>{{#BASELINE}} <span class="tag">{{@case.stock}}</span>{{/BASELINE}}
{{#TERM}}<span class="clock {{LATE}}">{{WHAT}} {{WHEN}}</span>{{/TERM}}
</div>
<div class="case-what">{{#FOUND}}<mark>{{WORDS}}</mark> {{/FOUND}}{{TITLE}}</div>
<div class="case-more">{{UNIT}} · {{@case.since}} {{OPENED}} · {{@case.findings}} {{STANDING}}{{#HELD}} · {{@case.held}} {{HOLDER}}{{/HELD}}{{#ASSIGNED}} · {{@case.assigned}} {{ASSIGNEE}}{{/ASSIGNED}}</div>
</li>
