"""What goes over the wire: money, prices and quantities as text, times as UTC milliseconds."""
