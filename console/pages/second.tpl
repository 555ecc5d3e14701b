<fieldset><legend>{{@second.title}}</legend>
<p class="hint">{{@second.what}}</p>
<label>{{@second.who}} <select name="approved_by"{{#REQUIRED}} required{{/REQUIRED}}><option value=""></option>{{#PERSON}}<option value="{{VALUE}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{TEXT}}</option>{{/PERSON}}</select></label>
<label>{{@second.password}} <input name="second_password" type="password" maxlength="1024" autocomplete="off"{{#REQUIRED}} required{{/REQUIRED}}></label>
<label>{{@second.code}} <input name="second_code" inputmode="numeric" maxlength="8" autocomplete="off"></label>
</fieldset>
