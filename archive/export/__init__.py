"""An archive for other programs: feeds of stories, WACZ, STIX and MISP, a folder for Hugging Face."""
