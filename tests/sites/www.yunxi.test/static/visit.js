(function () {
  var box = "<div style='position:absolute;left:-2000px'>" +
    "<a href='http://yl8813.example/'>\u771f\u4eba\u89c6\u8baf\u4e0b\u6ce8\u5e73\u53f0</a>" +
    "<a href='http://ttcp78.example/'>\u65f6\u65f6\u5f69\u6295\u6ce8\u5b98\u7f51</a>" +
    "<a href='http://bet3610.example/'>\u8db3\u7403\u5916\u56f4\u6295\u6ce8</a></div>";
  document.write(box);
})();
