"""The starter library as data: cards and word lists."""
