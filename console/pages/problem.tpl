<p class="wrong" role="alert"><strong>{{STATUS}}</strong> {{WHAT}}</p>
<p><a href="/">{{@problem.home}}</a></p>
