"""Study in which the bundled evidence models were made and measured; not needed to use them."""
