"""The recipe of the small English-Spanish text backbone that the package ships."""
