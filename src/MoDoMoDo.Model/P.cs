internal static class PlaceholderM { }
