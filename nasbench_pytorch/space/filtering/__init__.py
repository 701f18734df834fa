"""The language of filters: tokens, grammar, evaluation over columns."""
