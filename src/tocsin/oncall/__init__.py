"""On call: who has the watch at any moment, computed from layers of rotations, overrides and absences."""
