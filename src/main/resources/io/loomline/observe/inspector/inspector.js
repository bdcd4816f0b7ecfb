'use strict';

// Everything that a peer may have chosen is put into the page by textContent only.

const POLL_MILLIS = 1000;
const REQUEST_MILLIS = 15000;
const CENSUS_MILLIS = 5000;
const ROW_PIXELS = 26;
const HEAD_PIXELS = 28;
const TREE_PIXELS = 270; // the width of names in the tree
const OVERSCAN_ROWS = 8;
const PLACES_MILLIS = 50;
const KEEP_PLACES_MILLIS = 3000;
const FIND_MILLIS = 250; // after the last character
const FIND_AGAIN_MILLIS = 3000; // tasks go on to other calls
const SAMPLES = 120;
const MOST_UNFOLDED = 50; // a node with more children is folded at first
const DEEPEST_INDENT = 5;
const TOKEN_HEADER = 'Loomline-Token';

const byId = id => document.getElementById(id);

function element(name, text = '', className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

// ---- formats

const integer = new Intl.NumberFormat('en');

function bytesText(bytes) {
  if (bytes === undefined) return '';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return (unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)) + ' ' + units[unit];
}

function timeText(seconds) {
  if (seconds === undefined) return '';
  if (seconds < 60) return seconds.toFixed(1) + ' s';
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return minutes + ' min ' + (whole % 60) + ' s';
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return hours + ' h ' + (minutes % 60) + ' min';
  return Math.floor(hours / 24) + ' d ' + (hours % 24) + ' h';
}

/** Internet addresses are written as localhost/127.0.0.1:41 or /127.0.0.1:41, files as /run/x. */
function addressText(address) {
  return address === undefined ? '' : address.replace(/^[^/]*\/(?=[^/]*:\d+$)/, '');
}

// ---- requests

async function send(path, options = {}) {
  const response = await fetch(path, {
    ...options, cache: 'no-store', signal: AbortSignal.timeout(REQUEST_MILLIS)});
  if (!response.ok) {
    const failure = new Error((await response.text()).trim());
    failure.status = response.status;
    throw failure;
  }
  return response;
}

async function request(path, options) {
  return (await send(path, options)).json();
}

function say(text, isError = false) {
  byId('message').textContent = text;
  byId('message').classList.toggle('error', isError);
}

// ---- what is known

const state = {
  nodes: [], // of the last tree, each before its children
  view: 'connections',
  shown: [], // the nodes that the table has, in its order
  sort: {key: 'id', ascending: true},
  selectedId: null, // of the selected row
  followed: null, // the node in the details, as it was known last
  unfolded: new Map(), // by key of a node, where the user has chosen
  places: new Map(), // operation and site by id, of the rows in sight
  found: null, // the last answer to a search by operation and site
  actions: false,
  token: '',
  paused: false,
  previous: null, // the numbers that rates are computed from
};

/** Nodes without an id may have the same name, so their place among these is in the key. */
function giveKeys(nodes, parentKey) {
  const counts = new Map();
  for (const node of nodes) {
    if (node.id !== undefined) {
      node.key = String(node.id);
      continue;
    }
    // a client connection is the same below another task
    const name = (node.kind === 'client' ? '' : parentKey) + '/' + node.kind + ' ' + node.name;
    const count = counts.get(name) || 0;
    counts.set(name, count + 1);
    node.key = count === 0 ? name : name + ' #' + (count + 1);
  }
}

/** Flattens a tree, and gives each node its level, its key, its server and its parent. */
function flatten(root) {
  const all = [];
  const open = [[root, null, '']];
  giveKeys([root], '');
  while (open.length > 0) {
    const [node, parent, server] = open.pop();
    node.parent = parent;
    node.level = parent === null ? 0 : parent.level + 1;
    node.server = node.kind === 'server' ? node.name : server;
    all.push(node);
    const children = node.children || [];
    giveKeys(children, node.key);
    for (let i = children.length - 1; i >= 0; i--) open.push([children[i], node, node.server]);
  }
  return all;
}

const hasPeer = node => node.peer !== undefined;
const isTask = node => node.kind === 'task' || node.kind === 'connection';

// ---- columns

const COLUMNS = [
  {key: 'id', title: 'ID', width: 74, number: true, value: node => node.id, text: node => node.id === undefined ? '' : String(node.id)},
  {key: 'name', title: 'Task', width: 125, value: node => node.name, text: node => isTask(node) ? node.name : node.kind + (node.name ? ' ' + addressText(node.name) : '')},
  {key: 'peer', title: 'Peer', width: 165, value: node => node.peer, text: node => addressText(node.peer)},
  {key: 'state', title: 'State', width: 84, value: node => node.state, text: node => node.state},
  {key: 'operation', title: 'In', width: 180, text: node => placeOf(node).operation || ''},
  {key: 'site', title: 'At', width: 140, text: node => placeOf(node).site || ''},
  {key: 'wait', title: 'Wait', width: 84, number: true, value: node => node.waitedSeconds, text: node => timeText(node.waitedSeconds)},
  {key: 'age', title: 'Age', width: 92, number: true, value: node => node.ageSeconds, text: node => timeText(node.ageSeconds)},
  {key: 'read', title: 'Read', width: 82, number: true, value: node => node.bytesRead, text: node => bytesText(node.bytesRead)},
  {key: 'written', title: 'Written', width: 86, number: true, value: node => node.bytesWritten, text: node => bytesText(node.bytesWritten)},
  {key: 'server', title: 'Server', width: 130, value: node => node.server, text: node => addressText(node.server)},
];

// what a view does not need: the tree shows servers, and a task without connection has no age
const HIDDEN = {connections: [], clients: ['age', 'server'], tasks: [], tree: ['server']};

const isHidden = column => (HIDDEN[state.view] || []).includes(column.key);

function placeOf(node) {
  return node.operation !== undefined ? node : state.places.get(node.id) || {};
}

// ---- filters and order

function readFilters() {
  return {
    search: byId('search').value.trim().toLowerCase(),
    state: byId('state').value,
    peer: byId('peer').value.trim().toLowerCase(),
    server: byId('server').value,
  };
}

function peerMatches(node, wanted) {
  return node.peer !== undefined && addressText(node.peer).toLowerCase().startsWith(wanted);
}

function matches(node, filters) {
  if (filters.state && node.state !== filters.state) return false;
  if (filters.server && node.server !== filters.server) return false;
  if (filters.peer && !peerMatches(node, filters.peer)) return false;
  if (!filters.search) return true;
  const place = placeOf(node);
  const text = [node.id, node.kind, node.name, node.state, node.peer, node.server, place.operation,
    place.site].join(' ').toLowerCase();
  return text.includes(filters.search) || isFound(node, filters.search);
}

/** Nodes without a value come last in both orders. */
function compare(column, ascending) {
  const sign = ascending ? 1 : -1;
  return (a, b) => {
    const x = column.value(a);
    const y = column.value(b);
    if (x === y) return (a.id || 0) - (b.id || 0);
    if (x === undefined) return 1;
    if (y === undefined) return -1;
    return x < y ? -sign : sign;
  };
}

function isFolded(node) {
  const chosen = state.unfolded.get(node.key);
  if (chosen !== undefined) return !chosen;
  if (node.parent === null) return false;
  return (node.children || []).length > MOST_UNFOLDED;
}

function treeRows(filters) {
  const filtered = Object.values(filters).some(value => value !== '');
  if (filtered) { // the nodes that match, and the way to them
    const kept = new Set();
    for (const node of state.nodes) {
      if (!matches(node, filters)) continue;
      for (let each = node; each !== null && !kept.has(each); each = each.parent) kept.add(each);
    }
    return state.nodes.filter(node => kept.has(node));
  }
  const hidden = new Set();
  return state.nodes.filter(node => {
    if (node.parent === null) return true;
    if (hidden.has(node.parent) || isFolded(node.parent)) {
      hidden.add(node);
      return false;
    }
    return true;
  });
}

// what the views of single nodes show
const VIEWS = {
  connections: node => node.kind === 'connection',
  clients: node => node.kind !== 'connection' && hasPeer(node), // alone, or with the task that waits
  tasks: isTask,
};

function updateShown() {
  const filters = readFilters();
  if (state.view === 'tree') {
    state.shown = treeRows(filters);
  } else {
    const wanted = VIEWS[state.view];
    const candidates = state.nodes.filter(wanted);
    state.shown = candidates.filter(node => matches(node, filters));
    const column = COLUMNS.find(each => each.key === state.sort.key);
    state.shown.sort(compare(column, state.sort.ascending));
    byId('count').textContent =
        integer.format(state.shown.length) + ' of ' + integer.format(candidates.length);
  }
  if (state.view === 'tree') byId('count').textContent =
      integer.format(state.shown.length) + ' of ' + integer.format(state.nodes.length);
  updateEmpty(filters);
}

const EMPTY = {
  connections: 'No connections yet.',
  clients: 'This process has opened no connections.',
  tasks: 'No tasks yet.',
  tree: '',
};

/** Says why there are no rows. */
function updateEmpty(filters) {
  const none = state.shown.length === 0 && state.nodes.length > 0;
  const filtered = Object.values(filters).some(value => value !== '');
  byId('empty').hidden = !none;
  setText(byId('empty-text'), !none ? '' : filtered ? 'Nothing matches the filters.' : EMPTY[state.view]);
  byId('clear').hidden = !filtered;
}

function clearFilters() {
  for (const id of ['search', 'state', 'peer', 'server']) byId(id).value = '';
  scroller.scrollTop = 0;
  refresh();
  table.focus();
}

// ---- the search by what tasks are in, of which the page knows the rows in sight only

let findTimer = 0;

function isFound(node, search) {
  return state.found !== null && state.found.text === search && state.found.ids.has(node.id);
}

/** Asks when the user pauses. */
function findSoon() {
  clearTimeout(findTimer);
  findTimer = setTimeout(() => find().catch(e => say('Search: ' + e.message, true)), FIND_MILLIS);
}

async function find() {
  const text = readFilters().search;
  if (text === '') {
    state.found = null;
    return;
  }
  const {tasks, sampled, ids} = await request('/api/find?text=' + encodeURIComponent(text));
  if (readFilters().search !== text) return; // another search is on its way
  state.found = {text, ids: new Set(ids), at: performance.now()};
  say(sampled < tasks
      ? 'Searched the calls of ' + integer.format(sampled) + ' of ' + integer.format(tasks) + ' tasks' : '');
  refresh();
}

async function findAgain() {
  const found = state.found;
  if (found !== null && performance.now() - found.at > FIND_AGAIN_MILLIS) await find();
}

// ---- the table: only the rows in sight are in the document

const scroller = byId('scroller');
const table = byId('table');
const body = byId('rows');
const above = spacer();
const below = spacer();
const pool = [];

function spacer() {
  const row = element('tr');
  row.setAttribute('aria-hidden', 'true');
  const cell = element('td', '', 'spacer');
  cell.colSpan = COLUMNS.length;
  row.append(cell);
  return row;
}

function makeHeads() {
  for (const column of COLUMNS) {
    const head = element('th', '', column.number ? 'number' : '');
    head.scope = 'col';
    const button = element('button');
    button.type = 'button';
    button.dataset.key = column.key;
    if (column.value === undefined) {
      button.disabled = true;
      button.title = 'known for the rows in sight; the search finds it in all, the census counts all';
    }
    button.addEventListener('click', () => sortBy(column));
    head.append(button);
    byId('heads').append(head);
  }
  body.append(above, below);
}

function sortBy(column) {
  if (state.view === 'tree') return;
  const again = state.sort.key === column.key;
  // the largest and longest are of interest first
  const first = !column.number || column.key === 'id';
  state.sort = {key: column.key, ascending: again ? !state.sort.ascending : first};
  refresh();
}

function renderHeads() {
  let total = 0;
  let columns = 0;
  [...byId('heads').children].forEach((head, i) => {
    const column = COLUMNS[i];
    const sorted = state.view !== 'tree' && state.sort.key === column.key;
    if (sorted) head.setAttribute('aria-sort', state.sort.ascending ? 'ascending' : 'descending');
    else head.removeAttribute('aria-sort');
    const arrow = !sorted ? '' : state.sort.ascending ? ' ▲' : ' ▼';
    head.firstChild.textContent = column.title + arrow;
    const wide = column.key === 'name' && state.view === 'tree';
    const width = wide ? TREE_PIXELS : column.width;
    head.hidden = isHidden(column);
    head.style.width = width + 'px';
    if (!head.hidden) {
      total += width;
      columns++;
    }
  });
  table.style.minWidth = total + 'px';
  for (const each of [above, below]) each.firstChild.colSpan = columns;
}

function pooledRow(i) {
  if (pool[i] !== undefined) return pool[i];
  const row = element('tr');
  row.id = 'row-' + i;
  for (const column of COLUMNS) {
    const cell = element('td', '', column.number ? 'number' : '');
    cell.dataset.column = column.key;
    row.append(cell);
  }
  row.addEventListener('click', () => {
    select(row.node);
    openDetails();
  });
  pool[i] = row;
  return row;
}

function visibleRange(top = scroller.scrollTop) {
  const first = Math.max(0, Math.floor(top / ROW_PIXELS) - OVERSCAN_ROWS);
  const count = Math.ceil(scroller.clientHeight / ROW_PIXELS) + 2 * OVERSCAN_ROWS;
  return [first, Math.min(state.shown.length, first + count)];
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function renderRows() {
  const [first, end] = visibleRange();
  let active = '';
  for (let i = first; i < end; i++) {
    const row = pooledRow(i - first);
    fillRow(row, state.shown[i], i);
    if (row.getAttribute('aria-selected') === 'true') active = row.id;
    if (row.parentNode !== body) body.insertBefore(row, below);
  }
  for (let i = end - first; i < pool.length; i++) pool[i].remove();
  above.firstChild.style.height = first * ROW_PIXELS + 'px';
  below.firstChild.style.height = (state.shown.length - end) * ROW_PIXELS + 'px';
  table.setAttribute('aria-rowcount', state.shown.length + 1);
  table.setAttribute('role', state.view === 'tree' ? 'treegrid' : 'grid');
  if (active) table.setAttribute('aria-activedescendant', active);
  else table.removeAttribute('aria-activedescendant');
}

function fillRow(row, node, i) {
  row.node = node;
  row.setAttribute('aria-rowindex', i + 2);
  row.setAttribute('aria-selected', node.key === state.selectedId);
  const inTree = state.view === 'tree';
  const parent = inTree && node.children !== undefined;
  if (inTree) row.setAttribute('aria-level', node.level + 1);
  else row.removeAttribute('aria-level');
  if (parent) row.setAttribute('aria-expanded', !isFolded(node));
  else row.removeAttribute('aria-expanded');
  COLUMNS.forEach((column, c) => {
    const cell = row.children[c];
    cell.hidden = isHidden(column);
    let text = column.text(node);
    if (column.key === 'name' && inTree) {
      const fold = !parent ? '' : isFolded(node) ? '▸ ' : '▾ ';
      text = fold + text + (parent ? ' (' + integer.format(node.children.length) + ')' : '');
      cell.className = 'level-' + Math.min(node.level, DEEPEST_INDENT);
    } else if (column.key === 'name') {
      cell.className = '';
    } else if (column.key === 'state') {
      cell.className = node.state;
    }
    if (cell.textContent === text) return;
    cell.textContent = text;
    cell.title = text;
  });
}

function render() {
  renderHeads();
  renderRows();
  if (isFollowing()) {
    scrollToSelected();
    renderRows();
  }
}

function refresh() {
  updateShown();
  render();
  askForPlaces();
}

// ---- what the rows in sight are in

let placesTimer = 0;

/** Soon, and not for every step of a scroll. */
function askForPlaces() {
  if (placesTimer !== 0) return;
  placesTimer = setTimeout(async () => {
    try {
      await updatePlaces();
      renderRows();
    } catch (e) {
      // the next poll says that the process is gone
    } finally {
      placesTimer = 0;
    }
  }, PLACES_MILLIS);
}

async function updatePlaces() {
  if (state.view === 'census') return;
  // when a followed row moves far, the next rendering scrolls to it
  const [first, end] = visibleRange(isFollowing() ? topOfSelected() : scroller.scrollTop);
  const ids = state.shown.slice(first, end).filter(isTask).map(node => node.id);
  if (ids.length === 0) return;
  const nodes = await request('/api/tasks?' + ids.map(id => 'id=' + id).join('&'));
  const now = performance.now();
  for (const [id, place] of state.places) { // those that were in sight a moment ago may stay
    if (now - place.at > KEEP_PLACES_MILLIS) state.places.delete(id);
  }
  for (const {id, operation, site, method} of nodes) {
    state.places.set(id, {operation, site, method, at: now});
  }
}

// ---- selection and keys

function select(node) {
  state.selectedId = node.key;
  renderRows();
}

/** Where to scroll to, so that the selected row is in view; where it is now if there is none. */
function topOfSelected() {
  const present = scroller.scrollTop;
  const i = state.shown.findIndex(node => node.key === state.selectedId);
  if (i < 0) return present;
  const top = i * ROW_PIXELS;
  const height = scroller.clientHeight - HEAD_PIXELS;
  return Math.max(Math.min(present, top), top + ROW_PIXELS - height);
}

function scrollToSelected() {
  scroller.scrollTop = topOfSelected();
}

function moveSelection(change) {
  if (state.shown.length === 0) return;
  const present = state.shown.findIndex(node => node.key === state.selectedId);
  const wanted = present < 0 ? 0 : Math.max(0, Math.min(state.shown.length - 1, present + change));
  state.selectedId = state.shown[wanted].key;
  scrollToSelected();
  renderRows();
  askForPlaces();
}

function fold(folded) {
  const node = state.shown.find(each => each.key === state.selectedId);
  if (state.view !== 'tree' || node === undefined) return;
  if (folded && (node.children === undefined || isFolded(node)) && node.parent !== null) {
    state.selectedId = node.parent.key;
  } else if (node.children !== undefined) {
    state.unfolded.set(node.key, !folded);
  }
  refresh();
  scrollToSelected();
}

table.addEventListener('keydown', event => {
  if (event.target !== table) return; // a button of the head
  const page = Math.max(1, Math.floor(scroller.clientHeight / ROW_PIXELS) - 2);
  const actions = {
    ArrowDown: () => moveSelection(1),
    ArrowUp: () => moveSelection(-1),
    PageDown: () => moveSelection(page),
    PageUp: () => moveSelection(-page),
    Home: () => moveSelection(-state.shown.length),
    End: () => moveSelection(state.shown.length),
    ArrowLeft: () => fold(true),
    ArrowRight: () => fold(false),
    Enter: () => {
      openDetails();
      byId('details').focus();
    },
  };
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
});

document.addEventListener('keydown', event => {
  if (byId('dialog').open) return; // it has its own keys
  const inField = event.target.matches('input:not([type=checkbox]), select');
  if (event.key === '/' && !inField && !byId('filters').hidden) {
    event.preventDefault();
    byId('search').focus();
    byId('search').select();
  } else if (event.key === 'Escape') {
    if (event.target.matches('#search, #peer') && event.target.value !== '') {
      event.preventDefault(); // else the browser clears it too, without the event
      event.target.value = '';
      refresh();
    } else if (inField || byId('details').hidden) {
      table.focus();
    } else {
      closeDetails();
    }
  } else if (event.key === 'Enter' && event.target.matches('#search, #peer')) {
    event.preventDefault();
    table.focus();
    if (state.shown.length > 0 && !state.shown.some(node => node.key === state.selectedId)) {
      moveSelection(0);
    }
  }
});

// ---- sparklines

const RATES = [
  {key: 'connections', label: 'Connections', text: value => integer.format(value)},
  {key: 'accepts', label: 'Accepts per s', text: value => integer.format(Math.round(value))},
  {key: 'read', label: 'Read per s', text: bytesText},
  {key: 'written', label: 'Written per s', text: bytesText},
  {key: 'wait', label: 'Wait, p99', text: timeText},
];

function makeRate(container, label, text) {
  const value = element('div', '–', 'value');
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  picture.setAttribute('viewBox', '0 0 ' + (SAMPLES - 1) + ' 20');
  picture.setAttribute('preserveAspectRatio', 'none');
  picture.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  picture.append(line);
  container.append(element('div', label, 'label'), value, picture);
  return {value, line, text, samples: []};
}

function addSample(rate, sample) {
  if (sample === undefined) return;
  rate.samples.push(sample);
  if (rate.samples.length > SAMPLES) rate.samples.shift();
  rate.value.textContent = rate.text(sample);
  const most = Math.max(...rate.samples, 1e-9);
  const start = SAMPLES - rate.samples.length;
  rate.line.setAttribute('points',
      rate.samples.map((each, i) => (start + i) + ',' + (19 - 18 * each / most).toFixed(2)).join(' '));
}

/** The numbers of a connection some seconds ago; the present ones if they are not known. */
function earlier(node, known, seconds) {
  if (known !== undefined && known.peer === node.peer) return known;
  return node.ageSeconds < seconds ? {bytesRead: 0, bytesWritten: 0} : node;
}

/** How much a number of the servers has grown; a new server began with 0. */
function growth(servers, before, member) {
  return servers.reduce((sum, each) => {
    const known = before.get(each.server.name);
    return sum + Math.max(0, each[member] - (known === undefined ? 0 : known[member]));
  }, 0);
}

/**
 * From this poll and the one before: the total from the servers, which also count connections that
 * have ended.
 */
function updateRates(nodes, servers) {
  const now = performance.now();
  const connections = nodes.filter(VIEWS.connections);
  const moving = nodes.filter(hasPeer);
  const bytes = new Map(moving.map(each => [each.key, each]));
  const samples = {connections: connections.length, wait: percentile99(connections)};
  const previous = state.previous;
  if (previous !== null) {
    const seconds = (now - previous.now) / 1000;
    for (const each of moving) {
      const before = earlier(each, previous.bytes.get(each.key), seconds);
      each.readRate = (each.bytesRead - before.bytesRead) / seconds;
      each.writeRate = (each.bytesWritten - before.bytesWritten) / seconds;
    }
    samples.read = growth(servers, previous.servers, 'bytesRead') / seconds;
    samples.written = growth(servers, previous.servers, 'bytesWritten') / seconds;
    samples.accepts = growth(servers, previous.servers, 'accepted') / seconds;
  }
  state.previous = {now, bytes, servers: new Map(servers.map(each => [each.server.name, each]))};
  for (const each of RATES) addSample(each.shown, samples[each.key]);
}

/** The nearest rank among those that wait. */
function percentile99(connections) {
  const waits = connections.map(each => each.waitedSeconds).filter(each => each !== undefined);
  waits.sort((a, b) => a - b);
  return waits.length === 0 ? 0 : waits[Math.ceil(waits.length * 0.99) - 1];
}

// ---- details of one task or client connection

let detailsRate = null;
let following = null; // the request in progress

function openDetails() {
  const node = state.nodes.find(each => each.key === state.selectedId);
  if (node === undefined) return;
  if (!isTask(node) && !hasPeer(node)) {
    if (state.view === 'tree' && node.children !== undefined) fold(!isFolded(node));
    return;
  }
  if (state.followed === null || state.followed.key !== node.key) {
    byId('details-rate').replaceChildren();
    detailsRate = makeRate(byId('details-rate'), 'Bytes per s, both ways', bytesText);
    byId('operations').replaceChildren();
    byId('operations-part').hidden = true;
    getSelection().removeAllRanges(); // of the one before, which would hold the values still
  }
  state.followed = node;
  byId('details').hidden = false;
  byId('details-rate').hidden = !hasPeer(node);
  byId('cancel').hidden = !state.actions || !isTask(node);
  showDetails(node);
  followOnce().catch(e => say(e.message, true));
}

function closeDetails() {
  state.followed = null;
  byId('details').hidden = true;
  table.focus();
}

const DETAILS = [
  ['ID', node => node.id === undefined ? '' : String(node.id)],
  ['State', node => node.state],
  ['In', node => placeOf(node).operation],
  ['At', node => placeOf(node).site],
  ['Method', node => placeOf(node).method],
  ['Wait', node => timeText(node.waitedSeconds)],
  ['Age', node => timeText(node.ageSeconds)],
  ['Peer', node => addressText(node.peer)],
  ['Local address', node => node.kind === 'client' ? addressText(node.name) : ''],
  ['Server', node => addressText(node.server)],
  ['Read', node => bytesText(node.bytesRead)],
  ['Written', node => bytesText(node.bytesWritten)],
];

/** Each has its place for good, so that the user can select text. */
function makeDetails() {
  for (const [label] of DETAILS) byId('details-values').append(element('dt', label), element('dd'));
}

/** A change of text would end its selection. */
function isSelecting() {
  const selection = getSelection();
  return !selection.isCollapsed && byId('details').contains(selection.anchorNode);
}

function showDetails(node) {
  if (isSelecting()) {
    setStatus('still, while text is selected', false);
    return;
  }
  setText(byId('details-head'), node.kind === 'client' ? 'client connection' : node.name);
  DETAILS.forEach(([, value], i) => {
    const text = value(node) || '';
    const [head, cell] = [...byId('details-values').children].slice(2 * i, 2 * i + 2);
    head.hidden = cell.hidden = text === '';
    setText(cell, text);
  });
  setLines(byId('details-inside'), 'p', (node.children || []).map(child => 'inside: ' + child.kind
      + (child.name ? ' ' + child.name : '') + ', ' + child.state
      + (child.timeLeftSeconds === undefined ? '' : ', ' + timeText(child.timeLeftSeconds) + ' left')));
  setStatus('live', false);
}

/** Gives a list its lines; those that stay the same are not touched. */
function setLines(list, name, lines) {
  while (list.children.length > lines.length) list.lastChild.remove();
  lines.forEach((line, i) => {
    if (i === list.children.length) list.append(element(name));
    setText(list.children[i], line);
  });
}

function setStatus(text, ended) {
  setText(byId('details-status'), text);
  byId('details-status').classList.toggle('ended', ended);
  byId('cancel').disabled = ended;
}

/** Updates the details. One request is on its way at a time. */
function followOnce() {
  if (following === null) {
    following = follow().finally(() => {
      following = null;
    });
  }
  return following;
}

async function follow() {
  let key;
  do { // again if the user has opened another one meanwhile
    key = state.followed === null ? null : state.followed.key;
    if (key === null) return;
    if (isTask(state.followed)) await followTask(state.followed.id, key);
    else followClient(key);
  } while (!isFollowed(key));
}

const isFollowed = key => state.followed !== null && state.followed.key === key;

async function followTask(id, key) {
  const [node] = await request('/api/tasks?id=' + id);
  if (!isFollowed(key)) return;
  if (node === undefined) {
    setStatus('has ended; these are its last values', true);
    return;
  }
  node.key = key;
  node.server = (state.nodes.find(each => each.key === key) || state.followed).server;
  state.followed = node;
  byId('details-rate').hidden = !hasPeer(node);
  showDetails(node);
  if (hasPeer(node)) await showOperations(id, key);
}

/** It has no id to ask for, so the last tree has to do. */
function followClient(key) {
  const node = state.nodes.find(each => each.key === key);
  if (node === undefined) {
    setStatus('closed, or a task waits for it now; these are its last values', true);
    return;
  }
  state.followed = node;
  showDetails(node);
}

/** The last operations of a connection, if the runtime records them. */
async function showOperations(id, key) {
  const {recording, operations} = await request('/api/operations?format=json&id=' + id);
  if (!isFollowed(key) || isSelecting()) return;
  byId('operations-part').hidden = false;
  setText(byId('operations-state'), operations.length > 0 ? ''
      : recording ? 'none since the recording began' : 'not recorded');
  byId('operations-state').hidden = operations.length > 0;
  setLines(byId('operations'), 'li', operations.reverse().map(operationText));
  byId('record').hidden = !state.actions;
  byId('record').dataset.on = !recording;
  setText(byId('record'), recording ? 'Stop recording…' : 'Record operations…');
}

function operationText(operation) {
  return operation.kind
      + (operation.bytes > 0 ? ' ' + operation.bytes + ' B' : '')
      + (operation.outcome === 'ok' ? '' : ' failed: ' + operation.outcome)
      + (operation.waitedSeconds > 0 ? ' after ' + operation.waitedSeconds.toFixed(3) + ' s' : '')
      + ', ' + timeText(operation.agoSeconds) + ' ago';
}

async function followOn() {
  if (state.followed === null) return;
  const known = state.nodes.find(each => each.key === state.followed.key);
  if (known !== undefined && known.readRate !== undefined) {
    addSample(detailsRate, Math.max(0, known.readRate + known.writeRate));
  }
  await followOnce();
}

/** Whether the row of the task in the details is to be kept in view. */
function isFollowing() {
  return byId('follow').checked && state.followed !== null
      && state.selectedId === state.followed.key;
}

// ---- census

let censusAt = -Infinity;

async function updateCensus() {
  if (state.view !== 'census' || performance.now() - censusAt < CENSUS_MILLIS) return;
  censusAt = performance.now();
  const census = await request('/api/census');
  const sample = census.sampled < census.tasks
      ? ', estimated from ' + integer.format(census.sampled) : '';
  byId('census-summary').textContent = integer.format(census.tasks) + ' tasks' + sample;
  byId('places').replaceChildren(...census.places.map(place => cells([
    [integer.format(place.tasks), true],
    [place.operation],
    [place.site || ''],
    [timeText(place.p50Seconds), true],
    [timeText(place.p99Seconds), true],
    [place.slow === 0 ? '' : integer.format(place.slow), true],
    [place.slowNetworks.slice(0, 3).map(each => each.network + ' (' + integer.format(each.connections) + ')').join(', ')],
  ])));
  byId('longest').replaceChildren(...census.longest.map(task => cells([
    [String(task.id), true],
    [task.name],
    [task.operation || ''],
    [task.site || ''],
    [timeText(task.waitedSeconds), true],
    [addressText(task.peer)],
  ])));
}

function cells(values) {
  const row = element('tr');
  for (const [text, number] of values) row.append(element('td', text, number ? 'number' : ''));
  return row;
}

// ---- actions

/** What a header may have; anything else would make fetch fail. */
const isToken = text => /^[\x21-\x7e]+$/.test(text);

/**
 * Asks for what is missing, and resolves to the grace in seconds; null if the user goes back.
 * The problem is what was wrong with the answer before.
 */
function confirmed({head, text, yes, withSeconds}, problem) {
  const dialog = byId('dialog');
  byId('dialog-head').textContent = head;
  byId('dialog-text').textContent = text;
  byId('dialog-yes').textContent = yes;
  byId('dialog-seconds-label').hidden = !withSeconds;
  byId('dialog-token-label').hidden = state.token !== '';
  byId('dialog-token').value = '';
  showProblem(problem);
  return new Promise(resolve => {
    let answer = null;
    const accept = () => {
      if (withSeconds && !byId('dialog-seconds').reportValidity()) return;
      const given = byId('dialog-token').value.trim();
      if (state.token === '' && !isToken(given)) {
        showProblem(given === '' ? 'The token is missing.'
            : 'The token has letters, digits, - and _ only. Copy it from the log.');
        byId('dialog-token').focus();
        return;
      }
      if (state.token === '') state.token = given;
      answer = Number(byId('dialog-seconds').value);
      dialog.close();
    };
    const onKey = event => {
      if (event.key !== 'Enter' || !event.target.matches('input')) return;
      event.preventDefault();
      accept();
    };
    byId('dialog-yes').onclick = accept;
    byId('dialog-no').onclick = () => dialog.close();
    dialog.onkeydown = onKey;
    dialog.onclose = () => resolve(answer);
    dialog.showModal();
    (state.token === '' ? byId('dialog-token') : byId('dialog-no')).focus();
  });
}

function showProblem(text) {
  byId('dialog-problem').textContent = text;
  byId('dialog-problem').hidden = text === '';
  byId('dialog-token').setAttribute('aria-invalid', text !== '');
}

/** Asks, and does it; asks again if the token is wrong. */
async function act(question, pathOf, done) {
  let problem = '';
  while (true) {
    const grace = await confirmed(question, problem);
    if (grace === null) return;
    try {
      await request(pathOf(grace), {method: 'POST', headers: {[TOKEN_HEADER]: state.token}});
      say(done);
      return;
    } catch (e) {
      say((e.status === undefined ? 'No answer: ' : 'Refused: ') + e.message, true);
      if (e.status !== 403) return;
      state.token = '';
      problem = 'The process has refused this token. It makes a new one at each start.';
    }
  }
}

async function cancelFollowed() {
  const {id, name} = state.followed;
  await act({
    head: 'Cancel this task?',
    text: name + ': its current or next blocking call throws InterruptedException.',
    yes: 'Cancel task',
  }, () => '/api/cancel?id=' + id, 'Task ' + id + ' is cancelled');
  await followOnce();
}

async function switchRecording() {
  const on = byId('record').dataset.on === 'true';
  await act({
    head: on ? 'Record operations?' : 'Stop recording?',
    text: on ? 'The last 16 operations of each connection are kept, in less than 1 KiB for each.'
        : 'What was recorded is dropped.',
    yes: on ? 'Record' : 'Stop',
  }, () => '/api/record?on=' + on, on ? 'Operations are recorded' : 'Operations are no longer recorded');
  await followOnce();
}

async function drain() {
  const server = byId('server').value;
  const which = server === '' ? 'all servers' : addressText(server);
  const wanted = server === '' ? '' : '&server=' + encodeURIComponent(server);
  await act({
    head: 'Shut down ' + which + '?',
    text: 'No further connection is accepted. Those that have not ended in time are cancelled.',
    yes: 'Shut down',
    withSeconds: true,
  }, grace => '/api/drain?seconds=' + grace + wanted, 'Shutting down ' + which);
}

// ---- polling

function updateServerFilter(servers) {
  const names = servers.map(each => each.server.name);
  const options = [...byId('server').options].slice(1).map(each => each.value);
  if (names.join('\n') === options.join('\n')) return;
  const chosen = byId('server').value;
  byId('server').replaceChildren(new Option('all', ''), ...names.map(name => new Option(addressText(name), name)));
  byId('server').value = names.includes(chosen) ? chosen : '';
}

function showStatus(text, lost) {
  setText(byId('connection-status'), text);
  byId('connection-status').classList.toggle('lost', lost);
}

async function poll() {
  const [tree, servers] = await Promise.all(
      [request('/api/tree?stacks=0'), request('/api/servers')]);
  state.nodes = flatten(tree.root);
  updateRates(state.nodes, servers);
  updateServerFilter(servers);
  if (state.view !== 'census') {
    updateShown();
    await updatePlaces(); // before the rows are drawn, so that they do not flicker
    render();
  }
  await Promise.all([followOn(), updateCensus(), findAgain()]);
}

async function pollForever() {
  while (true) {
    const start = performance.now();
    if (!state.paused && document.visibilityState === 'visible') {
      try {
        await poll();
        showStatus('live', false);
      } catch (e) {
        showStatus('no answer: ' + e.message, true);
      }
    }
    const rest = Math.max(200, POLL_MILLIS - (performance.now() - start));
    await new Promise(resolve => setTimeout(resolve, rest));
  }
}

// ---- start

function show(view) {
  state.view = view;
  for (const button of document.querySelectorAll('nav button')) {
    if (button.dataset.view === view) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
  }
  const isCensus = view === 'census';
  byId('table-view').hidden = isCensus;
  byId('filters').hidden = isCensus;
  byId('census-view').hidden = !isCensus;
  censusAt = -Infinity;
  if (isCensus) {
    updateCensus().catch(e => say(e.message, true));
  } else {
    scroller.scrollTop = 0;
    refresh();
  }
}

/** The address in the log has the token after the #; it is not left in the history. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return;
  if (isToken(given)) state.token = given;
  else say('The address has a malformed token; actions ask for it', true);
  history.replaceState(null, '', location.pathname);
}

async function start() {
  takeToken();
  makeHeads();
  makeDetails();
  for (const each of RATES) {
    const container = element('div', '', 'rate');
    container.id = 'rate-' + each.key;
    each.shown = makeRate(container, each.label, each.text);
    byId('rates').append(container);
  }
  for (const button of document.querySelectorAll('nav button')) {
    button.addEventListener('click', () => show(button.dataset.view));
  }
  for (const id of ['search', 'state', 'peer', 'server']) {
    byId(id).addEventListener('input', () => {
      scroller.scrollTop = 0;
      refresh();
      if (id === 'search') findSoon();
    });
  }
  byId('clear').addEventListener('click', clearFilters);
  byId('filters').addEventListener('submit', event => event.preventDefault());
  scroller.addEventListener('scroll', () => {
    renderRows();
    askForPlaces();
  });
  window.addEventListener('resize', renderRows);
  byId('close-details').addEventListener('click', closeDetails);
  byId('cancel').addEventListener('click', cancelFollowed);
  byId('record').addEventListener('click', switchRecording);
  byId('drain').addEventListener('click', drain);
  byId('pause').addEventListener('click', () => {
    state.paused = !state.paused;
    byId('pause').setAttribute('aria-pressed', state.paused);
    showStatus(state.paused ? 'paused' : 'live', false);
  });
  try {
    const about = await request('/api/runtime');
    state.actions = about.actions;
    byId('runtime').textContent = about.runtime.name + ', process ' + about.process;
    document.title = about.runtime.name + ' – Loomline inspector';
    byId('drain').hidden = !state.actions;
    byId('read-only').hidden = state.actions;
  } catch (e) {
    showStatus('no answer: ' + e.message, true);
  }
  pollForever();
}

start();
