{{#EXPIRED}}<p class="wrong" role="alert">{{@owner.expired}}</p>{{/EXPIRED}}
{{#WRONG}}<p class="wrong" role="alert">{{@owner.wrong}}</p>{{/WRONG}}
<p>{{@owner.ask}}</p>
