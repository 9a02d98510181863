internal static class PlaceholderT { }
