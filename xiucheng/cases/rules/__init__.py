"""The rules of a case, by phase. Pure: `basis`, `steps` (who, from which stage), `clocks`, then one module a phase."""
