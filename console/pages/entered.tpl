<p><a href="{{HREF}}">{{@entered.go-on}}</a></p>
