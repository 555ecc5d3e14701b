document.addEventListener("DOMContentLoaded",function(){var m=document.querySelector(".dropdown");if(m){m.style.display="none";}});
