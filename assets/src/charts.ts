// Charts of the reports: an entry of its own, since only they need a charting library.
export {};
