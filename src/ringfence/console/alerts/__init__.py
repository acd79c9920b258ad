"""The alert queue and the page of one alert."""
