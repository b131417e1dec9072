"""Eyes: pictures of documents, labels and wounds, and medical images."""
