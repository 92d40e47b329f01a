"""A face of nobody that shows one of K states: whoever sees it can tell no more than K people apart."""
