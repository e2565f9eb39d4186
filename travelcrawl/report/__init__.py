"""What a store holds, for people and programs: report.html and summary.json. Pure: from a store's reader to text."""
