"""How the bundled evidence models were made and measured; not needed to use them."""
