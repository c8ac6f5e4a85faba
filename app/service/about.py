"""What the About page has to say, read off the installed packages and the bundled credits."""

PURPOSE = "x"
