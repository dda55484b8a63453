// The page that is open, whichever team it has come to: its address changes without a request, so no link in it can name it.
document.querySelector('.reconnect a').addEventListener('click', click => {
  click.preventDefault();
  location.reload();
});
