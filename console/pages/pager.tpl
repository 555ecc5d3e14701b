<nav class="pager" aria-label="{{@pager.label}}">
{{#PREVIOUS}}<a rel="prev" href="{{HREF}}">{{@pager.previous}}</a>{{/PREVIOUS}}
{{#NEXT}}<a rel="next" href="{{HREF}}">{{@pager.next}}</a>{{/NEXT}}
</nav>
