"""What each model is: features and when they become known, population, split, fit, judgement. Values in, values out."""
