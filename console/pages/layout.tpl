<!doctype html>
<html lang="{{LANG}}" class="theme-{{THEME}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{TITLE}} · {{@desk.name}}</title>
<link rel="stylesheet" href="{{asset:desk.css}}">
<link rel="stylesheet" href="{{asset:pages.css}}">
{{#SIGNED_IN}}<script type="module" src="{{asset:keys.js}}"></script>{{/SIGNED_IN}}
<link rel="icon" href="{{asset:icon.svg}}" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#content">{{@desk.skip}}</a>
<header>
<span class="brand">{{@desk.name}}</span>
{{#SIGNED_IN}}
<nav aria-label="{{@desk.navigation}}">
<ul>
{{#NAVIGATION}}
<li><a href="{{HREF}}" {{#CURRENT}}aria-current="page"{{/CURRENT}}>{{LABEL}}</a></li>
{{/NAVIGATION}}
</ul>
</nav>
<div class="who">
<a href="/account">{{WHO}}</a>
<form method="post" action="/sign-out"><input type="hidden" name="csrf" value="{{CSRF}}"><button>{{@desk.sign-out}}</button></form>
</div>
{{/SIGNED_IN}}
</header>
<main id="content">
<h1>{{TITLE}}</h1>
{{#DONE}}<p class="done" role="status">{{SENTENCE}}</p>{{/DONE}}
{{>BODY}}
</main>
<footer>
<form method="post" action="/appearance" class="appearance">
<input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="then" value="{{PATH}}">
<label>{{@desk.language}}
<select name="lang"><option value="zh" {{#IN_CHINESE}}selected{{/IN_CHINESE}}>中文</option><option value="en" {{#IN_ENGLISH}}selected{{/IN_ENGLISH}}>English</option></select></label>
<label>{{@desk.theme}}
<select name="theme"><option value="auto">{{@desk.theme-auto}}</option><option value="light" {{#IS_LIGHT}}selected{{/IS_LIGHT}}>{{@desk.theme-light}}</option><option value="dark" {{#IS_DARK}}selected{{/IS_DARK}}>{{@desk.theme-dark}}</option></select></label>
<button>{{@desk.apply}}</button>
</form>
{{#SIGNED_IN}}
<p class="keys-switch"><button type="button" data-keys="off" hidden>{{@keys.off}}</button><button type="button" data-keys="on" hidden>{{@keys.on}}</button></p>
<section id="keys" class="keys" aria-label="{{@keys.title}}" hidden><h2>{{@keys.title}}</h2><p>{{@keys.list}}</p></section>
{{/SIGNED_IN}}
<p class="small">{{@desk.time-zone}}</p>
</footer>
</body>
</html>
